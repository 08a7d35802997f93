"""A Spark Thrift server on this machine, from nothing but pip's pyspark and a Java 17.

    python -m scripts.spark.server run -- dbt build --target spark   start, run a command, stop
    python -m scripts.spark.server start                             start and leave it running
    python -m scripts.spark.server stop
    python -m scripts.spark.server check                             is there a Java 17?

`run` stops the server whatever becomes of the command, and returns the command's exit code. It
passes the address on in CUSTOMER360_SPARK_HOST and CUSTOMER360_SPARK_PORT, which profiles.yml reads;
`start` prints these two settings.

By default everything lives in one JVM (local[2], catalog in memory): enough for tests, and the same
wire path as a cluster. `--cluster` starts a real standalone cluster instead: a master, two workers,
and the Thrift server as its application. Logs and tables go to target/spark/.

Exit codes: 2 without Java 17 or pyspark, 1 if the server does not come up.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target" / "spark"
HOST = "127.0.0.1"
START_SECONDS = 300
STOP_SECONDS = 20

SPARK_SETTINGS = {
    "spark.driver.host": HOST,
    "spark.driver.bindAddress": HOST,
    "spark.ui.enabled": "false",
    "spark.log.level": "WARN",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # deriving filters from long nested case expressions takes the planner minutes and gigabytes
    "spark.sql.constraintPropagation.enabled": "false",
    # small data: two partitions instead of 200
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # nobody looks at the plans of finished statements: they would fill the memory
    "spark.sql.maxPlanStringLength": "10000",
    "spark.sql.ui.retainedExecutions": "20",
    "spark.sql.thriftserver.ui.retainedStatements": "20",
    "spark.ui.retainedJobs": "50",
    "spark.ui.retainedStages": "50",
}


# one JVM for tests: on a few thousand rows planning and compiling is all that takes time
ONE_JVM_SETTINGS = {
    "spark.driver.extraJavaOptions": "-XX:+UseParallelGC",
    # no database behind the catalog: creating, dropping and renaming tables costs next to nothing
    "spark.sql.catalogImplementation": "in-memory",
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    "spark.sql.parquet.compression.codec": "uncompressed",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


class ServerError(Exception):
    """The server cannot run here; the message is for the user."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass
class Server:
    """The processes of one server, the Thrift server last."""

    port: int
    pids: list[int] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """What a client needs to find the server."""
        return {"CUSTOMER360_SPARK_HOST": HOST, "CUSTOMER360_SPARK_PORT": str(self.port)}


def java() -> str:
    """The Java to use: of JAVA_HOME, else of the path; an error if it is absent or too old."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    if found is None:
        raise ServerError("Spark needs Java 17: install a JRE 17, or set JAVA_HOME to one.", 2)
    answer = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', answer.stderr + answer.stdout)
    if version is None or int(version.group(1)) < 17:
        raise ServerError(f"Spark needs Java 17 or newer; {found} is not: set JAVA_HOME.", 2)
    return found


def spark_home() -> Path:
    """The Spark distribution inside the pyspark package."""
    package = importlib.util.find_spec("pyspark")
    if package is None or package.origin is None:
        raise ServerError("pyspark is not installed: pip install -r requirements-spark.txt", 2)
    return Path(package.origin).parent


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def launch(command: Sequence[str], name: str, folder: Path, settings: dict[str, str]) -> int:
    """Start a process in the background, its output in <folder>/<name>.log; return its id."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "SPARK_HOME": str(spark_home()),
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_LOCAL_IP": HOST,
        "PYSPARK_PYTHON": sys.executable,
        **settings,
    }
    with (folder / f"{name}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )
    return process.pid


def launch_workers(server: Server, folder: Path, workers: int = 2) -> str:
    """Start a standalone master and its workers; return the master's address."""
    spark_class = str(spark_home() / "bin" / "spark-class")
    deploy = "org.apache.spark.deploy"
    port = free_port()
    master = f"spark://{HOST}:{port}"
    command = [spark_class, f"{deploy}.master.Master", "--host", HOST, "--port", str(port)]
    command += ["--webui-port", str(free_port())]
    server.pids.append(launch(command, "master", folder, {"SPARK_DAEMON_MEMORY": "384m"}))
    wait_for_port(server, port, folder / "master.log")
    for number in range(1, workers + 1):
        command = [spark_class, f"{deploy}.worker.Worker", "--host", HOST, "--cores", "1"]
        command += ["--memory", "1536m", "--webui-port", str(free_port())]
        command += ["--work-dir", str(folder / f"worker{number}"), master]
        settings = {"SPARK_DAEMON_MEMORY": "256m"}
        server.pids.append(launch(command, f"worker{number}", folder, settings))
    return master


def launch_thrift(server: Server, folder: Path, master: str, memory: str) -> None:
    """Start the Thrift server with an empty warehouse and a catalog in memory."""
    shutil.rmtree(folder / "warehouse", ignore_errors=True)
    settings = {
        **SPARK_SETTINGS,
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:catalog;create=true",
    }
    if master.startswith("spark:"):
        settings |= {"spark.executor.memory": "1g", "spark.executor.cores": "1"}
    else:
        settings |= ONE_JVM_SETTINGS
    command = [str(spark_home() / "bin" / "spark-submit"), "--name", "customer360-thrift"]
    command += ["--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"]
    command += ["--master", master, "--driver-memory", memory]
    for name, value in settings.items():
        command += ["--conf", f"{name}={value}"]
    for name, value in {
        "hive.server2.thrift.bind.host": HOST,
        "hive.server2.thrift.port": str(server.port),
        "hive.server2.authentication": "NOSASL",
    }.items():
        command += ["--hiveconf", f"{name}={value}"]
    server.pids.append(launch([*command, "spark-internal"], "thrift", folder, {}))
    wait_for_port(server, server.port, folder / "thrift.log")


def wait_for_port(server: Server, port: int, log: Path) -> None:
    """Wait until the newest process of the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((HOST, port)) == 0:
                return
        if has_ended(server.pids[-1]):
            break
        time.sleep(0.2)
    lines = log.read_text("utf-8", errors="replace").splitlines()
    raise ServerError("\n".join([*lines[-15:], f"Spark did not start; the log is {log}"]))


def has_ended(pid: int) -> bool:
    """True if a process is gone; collects it when it is a child of this one."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return True
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def is_spark(pid: int) -> bool:
    """True if a noted process id still belongs to Spark and not to a later process."""
    listing = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return "org.apache.spark" in listing.stdout


def start(cluster: bool, folder: Path = FOLDER) -> Server:
    """Start a server and wait until it answers; nothing stays behind if it does not."""
    java()
    spark_home()
    server = Server(port=free_port())
    try:
        master = launch_workers(server, folder) if cluster else "local[2]"
        launch_thrift(server, folder, master, memory="1g" if cluster else "4g")
    except BaseException:
        stop(server)
        raise
    return server


def stop(server: Server) -> None:
    """Stop the processes of a server, the Thrift server first; insist after a while."""
    for pid in reversed(server.pids):
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + STOP_SECONDS
            signal_group(pid, number)
            while not has_ended(pid) and time.monotonic() < deadline:
                time.sleep(0.1)


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal a process that leads a group of its own; it may be gone already."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass


@contextmanager
def running(cluster: bool = False, folder: Path = FOLDER) -> Iterator[Server]:
    """A server for the time of a with block."""
    server = start(cluster, folder)
    try:
        yield server
    finally:
        stop(server)


def stop_on_signals() -> None:
    """Let a termination signal end with blocks properly, so that no server stays behind."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))


def run(command: Sequence[str], cluster: bool) -> int:
    """Run one command beside a server; an interruption stops both."""
    stop_on_signals()
    began = time.monotonic()
    with running(cluster) as server:
        seconds = time.monotonic() - began
        print(f"Spark answers on {HOST}:{server.port} after {seconds:.0f} s", flush=True)
        environment = {**os.environ, **server.environment()}
        return subprocess.run(command, env=environment, check=False).returncode


def main(arguments: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="A Spark Thrift server on this machine.")
    parser.add_argument("action", choices=["run", "start", "stop", "check"])
    parser.add_argument("--cluster", action="store_true", help="master and two workers")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="for run: -- command …")
    options = parser.parse_args(arguments)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    note = FOLDER / "server.json"
    try:
        if options.action == "check":
            java()
            return 0
        if options.action == "run":
            if not command:
                parser.error("run needs a command: run -- dbt build --target spark")
            return run(command, options.cluster)
        if note.exists():  # one server a folder: the one before goes
            before = Server(**json.loads(note.read_text("utf-8")))
            stop(Server(before.port, [pid for pid in before.pids if is_spark(pid)]))
            note.unlink()
        if options.action == "start":
            server = start(options.cluster)
            note.write_text(json.dumps(vars(server)), encoding="utf-8")
            for name, value in server.environment().items():
                print(f"export {name}={value}")
    except ServerError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
