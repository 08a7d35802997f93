# Pages for people who do not write SQL. Included by the root Makefile.
DASHBOARDS_READY := $(VENV)/.ready-dashboards
BROWSER_READY := $(VENV)/.ready-browser

.PHONY: dashboards test-dashboards

$(DASHBOARDS_READY): $(READY) requirements-dashboards.txt
	@echo "installing what draws the dashboards into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dashboards.txt
	@touch $@

$(BROWSER_READY): $(DEV_READY) requirements-browser.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-browser.txt
	@command -v chromium >/dev/null || { echo "installing chromium …"; apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk; } >/dev/null
	@touch $@

dashboards: $(DASHBOARDS_READY)  ## pages to open by a double click: PERSON=customer_id adds one customer's; ARGS="--database published/business.duckdb"
	@$(BIN)/python -m scripts.dashboards $(if $(PERSON),--person "$(PERSON)") $(ARGS)

test-dashboards: $(BROWSER_READY)  ## every page of the dashboards in a headless browser (Chromium; Debian's is installed where there is none)
	@$(BIN)/python -m pytest -q -m "heavy or not heavy" tests/python/test_dashboards.py tests/python/test_dashboards_in_browser.py
