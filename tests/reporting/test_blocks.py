from microlift.plan import Action
from microlift.quality import Finding, Quality
from microlift.reporting import blocks


def test_a_rule_that_takes_no_part_is_not_told_among_the_caveats(result):
    counted = "at least 5 of &#x27;page&#x27; within a session"
    assert counted in blocks.caveats(result).html
    rule = {"at_least": 5, "within": "session", "after": "macro"}
    result.plan.actions = (Action(name="<b>", event="page", **rule),)
    assert counted not in blocks.caveats(result).html


def test_an_action_that_is_more_than_an_event_is_told_in_words(result):
    shown = blocks.caveats(result)
    assert "- <b> counts: at least 5 of 'page' within a session." in shown.text
    assert "<b>" not in shown.html


def test_duplicates_are_told_once(result):
    assert blocks.caveats(result).text.count("duplicate") == 1


def test_checks_that_are_all_good_are_one_line_and_the_others_a_table():
    good = Finding("bots", "good", 0, 0.0, "", "They never buy.", "Leave them out.")
    look = Finding("<b>", "look", 3, 0.2, "'<i>' stops", "It misleads.", "Mend it.")
    refuse = Finding("times", "refuse", 1, None, "", "It is late.", "Cut it.")
    alone = blocks.quality(Quality((good,)))
    assert alone.html.endswith("nothing found that would mislead: bots.</li></ul>")
    shown = blocks.quality(Quality((good, look, refuse)))
    assert "bots" not in shown.html
    assert "<b>" not in shown.html
    assert "<i>" not in shown.html
    assert shown.html.index("times") < shown.html.index("&lt;b&gt;")
    assert "3 checks: 1 that would mislead, 1 to look at." in shown.text
