"""The engine reads what it was given, and nothing else."""

import duckdb
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


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{folder}/out.csv')",
        "SELECT * FROM read_csv('{folder}/in/../out.csv')",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY (SELECT 1) TO '{folder}/stolen.csv'",
        "ATTACH '{folder}/other.db'",
        "INSTALL httpfs",
        "SET enable_external_access=true",
        "SET memory_limit='1GB'",
    ],
)
def test_everything_else_is_refused(engine, tmp_path, statement):
    with pytest.raises(duckdb.Error):
        engine.con.execute(statement.format(folder=tmp_path))


def test_a_link_inside_the_given_folder_leads_nowhere(engine, tmp_path):
    (tmp_path / "in" / "link.csv").symlink_to(tmp_path / "out.csv")
    with pytest.raises(duckdb.Error, match="disabled by configuration"):
        engine.con.execute(f"SELECT * FROM read_csv('{tmp_path}/in/link.csv')")
