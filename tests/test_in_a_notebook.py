"""What a person in a notebook sees: a mistake as one message, bars that go away, short lists."""

import traceback

import pytest
from jupyter_client.manager import KernelManager
from traitlets.config import Config

import microlift as ml
from microlift.errors import BusyError, InputError, MicroliftError
from microlift.plan import Plan
from microlift.progress import shows_progress
from microlift.simulate import plan_for, simulate


def rendered(error):
    return "\n".join(error._render_traceback_())


def test_a_mistake_is_told_in_words_without_a_frame():
    with pytest.raises(MicroliftError) as told:
        ml.load_example("shpo")
    text = rendered(told.value)
    assert text.startswith("InputError: Argument name: got 'shpo'")
    assert "File" not in text
    assert "Traceback" not in text


def test_a_long_message_is_broken_between_words_and_what_steers_a_terminal_is_escaped():
    text = rendered(InputError("word " * 60 + "\x1b[31mred\u202e " + "x" * 300))
    assert max(map(len, text.splitlines())) <= 120
    assert text.replace("\n", "").isprintable()


def test_a_mistake_in_a_cell_names_the_line_of_the_cell():
    cell = compile("x = 1\nPlan.from_dict({})\n", "<cell>", "exec")
    try:
        exec(cell, {"Plan": Plan, "__name__": "__main__"})  # noqa: S102 - as a kernel does
    except MicroliftError as error:
        text = rendered(error)
        shown = traceback.format_exc()
    assert "line 2 of the cell" in text
    assert "plan.py" not in text
    assert "plan.py" in shown, "elsewhere the frames are as ever"


def test_an_error_that_was_never_raised_can_be_told():
    assert rendered(BusyError("Another run holds it.")) == "BusyError: Another run holds it."


def test_nobody_watches_a_stream_that_is_no_terminal(capsys, tmp_path):
    assert shows_progress() is False
    simulate("channels", 300, 1).to_parquet(tmp_path / "events.parquet")
    ml.read_events(tmp_path / "events.parquet", plan_for("channels")).close()
    assert capsys.readouterr().err == ""


def test_the_package_lists_its_public_names_alone():
    assert dir(ml) == sorted(ml.__all__)


def test_a_name_that_is_nearly_right_is_suggested():
    with pytest.raises(AttributeError) as told:
        _ = ml.load_exampel
    # Of these two Python makes its "Did you mean", and IPython too.
    assert (told.value.name, told.value.obj) == ("load_exampel", ml)


def test_a_plan_lists_what_a_person_would_ask_of_it():
    listed = dir(plan_for("channels"))
    assert {"actions", "hash", "horizon", "macro", "save", "to_yaml", "with_action"} <= set(listed)
    assert not {name for name in listed if name.startswith(("_", "model_", "parse_", "schema"))}


@pytest.fixture(scope="module")
def kernel():
    config = Config()
    config.KernelManager.transport_encryption = "auto"
    manager = KernelManager(config=config)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)

    def run(code, watched):
        seen = []
        client.execute_interactive(
            code, allow_stdin=watched, timeout=300, output_hook=seen.append, stdin_hook=print
        )
        return [message for message in seen if message["msg_type"] != "status"]

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


READ = "log = ml.read_events(ml.load_example().path, ml.load_example().plan)"


@pytest.mark.notebook
def test_bars_are_for_those_who_watch(kernel):
    kernel("import microlift as ml; ml.load_example()", watched=False)
    watched, left_alone = kernel(READ, watched=True), kernel(READ, watched=False)
    assert [message for message in watched if "read events" in str(message["content"])]
    assert {message["msg_type"] for message in left_alone} == {"execute_input"}


@pytest.mark.notebook
def test_a_mistake_in_a_kernel_is_one_block_and_keeps_its_name(kernel):
    kernel("import microlift as ml", watched=True)
    (error,) = [
        message["content"]
        for message in kernel("x = 1\nml.load_example('shpo')", watched=True)
        if message["msg_type"] == "error"
    ]
    assert (error["ename"], error["evalue"][:26]) == ("InputError", "Argument name: got 'shpo',")
    text = "\n".join(error["traceback"])
    assert "site-packages" not in text
    assert "microlift/" not in text
    assert "line 2 of the cell: ml.load_example('shpo')" in text
    assert len(text.splitlines()) <= 5
