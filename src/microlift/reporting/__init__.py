"""Figures, tables, sentences and the page they are printed on.

======================  ===========================================================
`style`                 colours, type and name shortening, shared by figures and page
`figures`               forest, waterfall, weights, calibration: frames to axes
`tables`                frames to escaped semantic HTML tables
`numerals`              numbers, dates and lists as people read them
`words`                 results to sentences, as pure functions
`findings`              what the checks of a log found, for terminal and page
`terminal`              results as aligned plain text
`blocks`                what a report notebook shows: headings, cards, figures, tables
`svg`                   a figure's SVG, made fit to stand inside a page
`html`                  an executed notebook to one self-contained page
`gate`                  what a page must hold before it is published
`declarations`          the parameters that a report's notebook declares
`arguments`             the parameters that a caller gives, held against those
`kernel`                the notebook's kernel, bounded in time and memory
`execution`             a notebook through papermill, judged by `judgement`
`stage`                 one run: its manifest, its page, its publication
`runner`                scheduled runs, of one report or of all
`publish`               runs on the disk: ids, manifests, orphans
`index_page`            the page that lists the runs
`summary`               what became of a run, as plain text
======================  ===========================================================

Nothing is imported here: `LiftTable.plot` must not load papermill.
"""
