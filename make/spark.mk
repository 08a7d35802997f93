# The second engine. Included by the root Makefile; needs Java 17.
SPARK_READY := $(VENV)/.ready-spark

.PHONY: test-spark check-java

check-java:
	@$(PYTHON) -m scripts.spark.server check

$(SPARK_READY): $(DEV_READY) requirements-spark.txt | check-java
	@echo "installing Spark into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.txt
	@touch $@

test-spark: check-java $(SPARK_READY)  ## build on Spark and on DuckDB and compare every mart (needs Java 17)
	@$(BIN)/python -m scripts.spark.check
