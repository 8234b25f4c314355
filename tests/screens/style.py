# SPDX-License-Identifier: Apache-2.0
"""The wall's style sheet keeps what its first lines promise: legible at five metres, and told apart from the ground.

Sizes are of 1080 lines. Colours are computed as WCAG 2 does: relative luminance, (lighter + 0.05) / (darker + 0.05).
"""
import os
import re

import tap
from station import SOURCE

SMALLEST, VALUE, KEY, TITLE, CONTRAST = 18, 26, 42, 58, 4.5
SIZES = {SMALLEST: [], VALUE: [".value", ".tile-name", ".step-word", ".camera-state"],
         KEY: [".clock", ".advice"], TITLE: [".band-title", ".band-age"]}
# What is drawn as a shape, and not read: a ring, a border, a bar.
SHAPES = ("ring", "bar")
# Where a rule says no ground of its own: what may lie behind it.
GROUNDS = ("#0b1118", "#131c26", "#182330")
ALARMED_GROUNDS = ("#2a0d0e", "#341718", "#3d1b1c")
# Rules whose words stand on the ground of another rule, and on no other.
ON = {"band": "#c4302b", "advice": "#f4b84a", "connector-tile.held": "#341314", "connector-tile.faulted": "#341314",
      "pad": "#1a2430", "camera": "#0b1118"}
ON_RULES = {".advice": "advice", ".band-": "band", ".pad-": "pad", ".camera-": "camera",
            "connector-tile.held": "connector-tile.held", "connector-tile.faulted": "connector-tile.faulted"}


def rules():
    """[(selector, {property: value})], a row for each selector of a list."""
    with open(os.path.join(SOURCE, "ui/style.css"), encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    found = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        properties = dict(part.split(":", 1) for part in body.split(";") if part.strip())
        properties = {name.strip(): value.strip() for name, value in properties.items()}
        found += [(selector.strip(), properties) for selector in selectors.split(",")]
    return found


def luminance(colour):
    def part(value):
        value /= 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    red, green, blue = (int(colour[i:i + 2], 16) for i in (1, 3, 5))
    return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def grounds_of(selector, properties):
    if re.fullmatch("#[0-9a-f]{6}", properties.get("background", "")):
        return (properties["background"],)
    for start, name in ON_RULES.items():
        if selector.startswith(start):
            return (ON[name],)
    return ALARMED_GROUNDS if selector.startswith(("window.alarmed", "step-row", ".step-")) else GROUNDS


@tap.test
def arithmetic():
    "The arithmetic of this test knows black on white, and grey that is not enough."
    tap.near(contrast("#000000", "#ffffff"), 21.0, 0.001, "black on white")
    tap.check(contrast("#777777", "#ffffff") < CONTRAST < contrast("#757575", "#ffffff"), "the limit on white")


@tap.test
def sizes():
    "No word is smaller than 18 px of 1080; values have 26, key figures 42, an alarm's title 58."
    written = [(selector, float(properties["font-size"].removesuffix("px"))) for selector, properties in rules()
               if "font-size" in properties]
    tap.check(len(written) > 20, f"only {len(written)} sizes found")
    small = [f"{selector}: {size}" for selector, size in written if size < SMALLEST]
    tap.equal(small, [], "words that are too small")
    for least, selectors in SIZES.items():
        for selector in selectors:
            found = [size for name, size in written if name == selector]
            tap.check(found and found[-1] >= least, f"{selector} has {found}, wanted {least}")


@tap.test
def colours():
    "Every word stands out from whatever may lie behind it by at least 4.5."
    checked, weak = 0, []
    for selector, properties in rules():
        colour = properties.get("color", "")
        if not re.fullmatch("#[0-9a-f]{6}", colour) or selector.split()[-1].split(".")[0] in SHAPES:
            continue
        for ground in grounds_of(selector, properties):
            checked += 1
            if contrast(colour, ground) < CONTRAST:
                weak.append(f"{selector}: {colour} on {ground} is {contrast(colour, ground):.2f}")
    tap.check(checked > 60, f"only {checked} pairs found")
    tap.equal(weak, [], "words that do not stand out")


@tap.test
def grounds_are_told():
    "The grounds that this test knows are those of the style sheet."
    known = {value for _, properties in rules() for name, value in properties.items() if name == "background"}
    for ground in (*GROUNDS, *ALARMED_GROUNDS, *ON.values()):
        tap.check(ground in known, f"{ground} is nobody's ground")


tap.main()
