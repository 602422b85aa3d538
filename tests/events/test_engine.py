"""The engine reads what it was given, and nothing else."""

import duckdb
import pandas as pd
import pytest

from microlift.events.engine import close, connect


@pytest.fixture
def engine(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "log.csv").write_text("a\n1\n")
    (tmp_path / "out.csv").write_text("a\n1\n")
    engine = connect([tmp_path / "in"], threads=1)
    yield engine
    close(engine)


def test_the_given_folder_can_be_read(engine, tmp_path):
    assert engine.to_pyarrow(engine.read_csv(str(tmp_path / "in" / "log.csv")).count()).as_py() == 1


PROBES = {
    "another file": "SELECT * FROM read_csv('{folder}/out.csv')",
    "by two points": "SELECT * FROM read_csv('{folder}/in/../out.csv')",
    "a name as a table": "SELECT * FROM '{folder}/out.csv'",
    "text": "SELECT * FROM read_text('/etc/passwd')",
    "bytes": "SELECT * FROM read_blob('/etc/passwd')",
    "names of files": "SELECT * FROM glob('{folder}/*')",
    "Parquet elsewhere": "SELECT * FROM read_parquet('{folder}/*.parquet')",
    "the network": "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "a bucket": "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "a copy": "COPY (SELECT 1) TO '{folder}/stolen.csv'",
    "a copy of Parquet": "COPY (SELECT 1) TO '{folder}/stolen.parquet' (FORMAT parquet)",
    "the whole database": "EXPORT DATABASE '{folder}/stolen'",
    "what is imported": "IMPORT DATABASE '{folder}/in'",
    "another database": "ATTACH '{folder}/other.db'",
    "an extension": "INSTALL httpfs",
    "an extension from a file": "LOAD '{folder}/in/evil.duckdb_extension'",
    "an extension by name": "LOAD httpfs",
    "a secret": "CREATE SECRET s (TYPE s3, KEY_ID 'k', SECRET 's')",
    "access": "SET enable_external_access=true",
    "other folders": "SET allowed_directories=['/']",
    "other paths": "SET allowed_paths=['/etc/passwd']",
    "memory": "SET memory_limit='1GB'",
    "threads": "SET threads=64",
    "its lock": "SET lock_configuration=false",
    "its settings": "RESET ALL",
    "spilling elsewhere": "PRAGMA temp_directory='/tmp'",
    "a log of queries": "PRAGMA enable_profiling='json'; PRAGMA profiling_output='{folder}/stolen'",
    "variables of Python": "SELECT * FROM secret_of_the_caller",
    "the environment": "SELECT getenv('HOME')",
}


@pytest.mark.parametrize("probe", PROBES)
def test_everything_else_is_refused(engine, tmp_path, probe):
    secret_of_the_caller = pd.DataFrame({"secret": [1]})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(duckdb.Error):
        engine.con.execute(PROBES[probe].format(folder=tmp_path)).fetchall()
    assert sorted(tmp_path.rglob("*")) == before
    assert len(secret_of_the_caller) == 1


def test_a_link_inside_the_given_folder_leads_nowhere(engine, tmp_path):
    (tmp_path / "in" / "link.csv").symlink_to(tmp_path / "out.csv")
    with pytest.raises(duckdb.Error, match="disabled by configuration"):
        engine.con.execute(f"SELECT * FROM read_csv('{tmp_path}/in/link.csv')")
