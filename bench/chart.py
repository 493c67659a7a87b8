# SPDX-License-Identifier: Apache-2.0
"""Draws the results: per scenario a group of bars, one per rival, on a log scale of rival/weft."""

import math
from html import escape

COLOURS = {"go": "#0e8fb3", "boost_fiber": "#d9822b", "std": "#7b8794",
           "tbb": "#8b5fbf"}
INK, FAINT, GRID = "#1f2933", "#6b7785", "#e3e7eb"

LEFT, RIGHT, TOP, BOTTOM = 190, 70, 92, 46  # margins
PLOT = 620  # width of the scale
BAR, GROUP_GAP = 13, 12


def text(x, y, words, size=12, fill=INK, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" '
            f'text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>')


def short(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ticks(low, high):
    """1, 2, 5, 10, ... and their fractions in [low, high]; only powers of ten on a wide scale."""
    steps = (1, 2, 5) if high / low < 300 else (1,)
    found = [step * 10.0 ** power for power in range(-4, 8) for step in steps]
    return [tick for tick in found if low <= tick * 1.0001 and tick <= high * 1.0001]


def draw(objects, rivals, about):
    """The SVG text. objects: as in results.json; rivals: [(key, label)], order of the bars."""
    rows = [row for row in objects if row.get("weft") and any(row.get(key) for key, _ in rivals)]
    ratios = [row[key] / row["weft"] for row in rows for key, _ in rivals if row.get(key)]
    low = min([0.5] + [ratio * 0.75 for ratio in ratios])
    high = max([2.0] + [ratio * 1.25 for ratio in ratios])
    scale = PLOT / math.log(high / low)

    def place(ratio):
        return LEFT + math.log(ratio / low) * scale

    heights = [BAR * sum(1 for key, _ in rivals if row.get(key)) for row in rows]
    bottom = TOP + sum(max(height, 28) + GROUP_GAP for height in heights)
    width, height = LEFT + PLOT + RIGHT, bottom + BOTTOM

    measured = (f"{about['machine']}; {about['procs']} of {about['processors']} processors; "
                f"rounds: {about['rounds']}")
    if about.get("smoke"):
        measured += "; a smoke run: the figures mean nothing"
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           f'viewBox="0 0 {width} {height}" '
           f'font-family="DejaVu Sans, Helvetica, Arial, sans-serif">',
           f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
           text(20, 30, "weft and its rivals: time of the rival / time of weft", 17, weight="bold"),
           text(20, 50, measured, 11, FAINT)]
    x = 20
    for key, label in rivals:
        label = f"{label} {about['versions'].get(key, '').removeprefix('go')}"
        svg.append(f'<rect x="{x}" y="63" width="12" height="12" rx="2" fill="{COLOURS[key]}"/>')
        svg.append(text(x + 17, 73, label, 12))
        x += 40 + 7 * len(label)

    for tick in ticks(low, high):
        at = place(tick)
        svg.append(f'<line x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{bottom}" stroke="{GRID}"/>')
        svg.append(text(at, bottom + 16, f"{tick:g}", 11, FAINT, "middle"))
    one = place(1)
    svg.append(text(one + 6, bottom + 34, "weft is faster \u2192", 11, FAINT))
    svg.append(text(one - 6, bottom + 34, "\u2190 slower", 11, FAINT, "end"))

    y = TOP + GROUP_GAP / 2
    for row, bars in zip(rows, heights):
        space = max(bars, 28)
        middle = y + space / 2
        own = f"weft {short(row['weft'])} {row['unit']}"
        svg.append(text(LEFT - 12, middle - 1, row["scenario"], 12, anchor="end", weight="bold"))
        svg.append(text(LEFT - 12, middle + 12, own, 10.5, FAINT, "end"))
        at = y + (space - bars) / 2
        for key, label in rivals:
            if not row.get(key):
                continue
            ratio = row[key] / row["weft"]
            end = place(ratio)
            title = f"{label} {short(row[key])} {row['unit']}"
            svg.append(f'<rect x="{min(one, end):.1f}" y="{at:.1f}" '
                       f'width="{max(abs(end - one), 1):.1f}" height="{BAR - 2}" rx="1.5" '
                       f'fill="{COLOURS[key]}">'
                       f"<title>{escape(title)}</title></rect>")
            if ratio >= 1:
                svg.append(text(end + 5, at + 9.5, short(ratio), 10.5))
            else:
                svg.append(text(end - 5, at + 9.5, short(ratio), 10.5, anchor="end"))
            at += BAR
        y += space + GROUP_GAP
    svg.append(f'<line x1="{one:.1f}" y1="{TOP}" x2="{one:.1f}" y2="{bottom}" stroke="{INK}"/>')
    if not rows:
        svg.append(text(LEFT, TOP + 8, "no row has both weft and a rival", 12, FAINT))
    svg.append("</svg>")
    return "\n".join(svg) + "\n"
