#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house, one case each: what the source tree must look like, and proof that each rule can fail.

A rule is a function from a tree (path → text) to findings, "path:line: what is wrong". Its cases are small trees
that it must object to.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))
import tap  # noqa: E402

MAX_SOURCE_LINES, MAX_HEADER_LINES, MAX_FUNCTION_LINES, MAX_NESTING, MAX_ROOM_SOURCES = 600, 200, 60, 4, 12
MAX_README_LINES = 60

# Who may look into which room: the folders (or files) whose headers a folder's sources may include.
PURE = ("edge/base", "edge/model")
LAYERS = {
    "edge/base": ("edge/base",),
    "edge/model": PURE,
    "edge/condition": (*PURE, "edge/condition"),
    "edge/command": ("edge/base", "edge/command"),
    "edge/safety": (*PURE, "edge/condition", "edge/safety"),
    "edge/charging": (*PURE, "edge/charging"),
    "edge/upkeep": (*PURE, "edge/upkeep"),
    "edge/config": (*PURE, "edge/condition", "edge/safety", "edge/charging", "edge/config"),
    "edge/store": (*PURE, "edge/store"),
    "edge/bus": (*PURE, "edge/condition", "edge/safety", "edge/charging", "edge/upkeep", "edge/config", "edge/store/store.h", "edge/bus"),
    "edge/ctl": ("edge/base", "edge/config", "edge/ctl", "edge/bus/station-bus.h"),
    "edge/station": ("edge", "drivers/driver.h"),
    "edge/stationd.c": ("edge/base", "edge/config", "edge/station"),
    "drivers": (*PURE, "drivers"),
    "drivers/modbus": (*PURE, "drivers/*", "drivers/modbus"),
    "drivers/ykc": (*PURE, "drivers/*", "drivers/ykc"),
    "drivers/media": ("edge/base", "edge/config", "edge/bus/station-bus.h", "drivers/media"),
    "drivers/sim": (*PURE, "drivers/sim"),
    "ui": ("edge/base", "edge/config", "edge/bus/station-bus.h", "ui"),
    "sync": ("edge/base", "edge/config", "edge/bus/station-bus.h", "sync"),
    "sync/line": ("edge/base", "sync/line"),
    "sync/hq": ("edge/base", "edge/config", "sync/hq", "sync"),
}
DECIDING = ("edge/base", "edge/model", "edge/condition", "edge/safety", "edge/charging", "edge/upkeep")
SILENT = (*DECIDING, "edge/config", "edge/store", "edge/bus", "drivers/modbus", "drivers/ykc")
GENERATED = ("build-config.h",)


# Reading C

def blank(match):
    text = match[0]
    return re.sub(r"[^\n]", " ", text) if text[0] == "/" else text[0] + re.sub(r"[^\n]", " ", text[1:-1]) + text[-1]


def code(text):
    """TEXT of C without comments and without what stands in strings; lines keep their numbers."""
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.DOTALL)


def functions(text):
    """(first line number, lines) of each function body, as clang-format lays it out: braces in column 0."""
    start, body = None, []
    for number, line in enumerate(code(text).splitlines(), 1):
        if start is None and line == "{":
            start, body = number, []
        elif start is not None and line == "}":
            yield start, body
            start = None
        elif start is not None:
            body.append(line)


def of_kind(tree, *endings):
    return ((path, text) for path, text in sorted(tree.items()) if path.endswith(endings))


def product(tree, *endings):
    return ((path, text) for path, text in of_kind(tree, *endings) if not path.startswith("tests/"))


def search(path, text, pattern, what):
    for number, line in enumerate(text.split("\n"), 1):
        found = re.search(pattern, line)
        if found:
            yield f"{path}:{number}: {what}: {found[0].strip()}"


def room_of(path):
    """The most precise entry of LAYERS that holds PATH, or None."""
    rooms = [room for room in LAYERS if path == room or path.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def in_rooms(path, rooms):
    return os.path.dirname(path) in rooms


def may_include(room, header):
    return any(header == allowed or header.startswith(allowed + "/") or f"{os.path.dirname(header)}/*" == allowed
               for allowed in LAYERS[room])


# The rules

def layers(tree):
    "A room includes only what stands below it."
    for path, text in product(tree, ".c", ".h"):
        room = room_of(path)
        for number, line in enumerate(text.splitlines(), 1):
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not found or found[1] in GENERATED:
                continue
            if "/" not in found[1]:
                yield f"{path}:{number}: includes are written from the root: {found[1]}"
            elif room is None:
                yield f"{path}:{number}: stands in no known room"
            elif not may_include(room, found[1]):
                yield f"{path}:{number}: {room} may not look into {found[1]}"


def failure_domains(tree):
    "stationd links no GTK, GStreamer, Paho or libcurl."
    for path, text in product(tree, ".c", ".h"):
        if path.startswith(("edge/", "drivers/modbus/", "drivers/ykc/")):
            yield from search(path, text, r"#\s*include\s*<(gtk|gst|MQTT|curl|libxml)[^>]*>", "not in stationd")


def pure(tree):
    "Rooms that decide have no clock, no thread, no file and no loop of their own."
    for path, text in product(tree, ".c", ".h"):
        if in_rooms(path, ("edge/condition", "edge/safety", "edge/charging", "edge/upkeep")):
            yield from search(path, text, r"#\s*include\s*<(gio/|sys/|unistd|fcntl|stdio|time|pthread|sqlite3|modbus)",
                              "no I/O here")
            yield from search(path, code(text), r"\b(clock_now|clock_boot_us|g_get_(real|monotonic)_time|time|g_thread_\w+"
                              r"|g_timeout_\w+|g_idle_\w+|g_file_\w+|fopen|g_date_time_new_now\w*)\s*\(",
                              "time and I/O come in as arguments")


def silent(tree):
    "Libraries never log; they return errors."
    for path, text in product(tree, ".c"):
        if in_rooms(path, SILENT):
            yield from search(path, code(text), r"\b(g_(warning|message|info|debug|critical|log|log_structured|print|"
                              r"printerr)|printf|fprintf|perror|puts)\s*\(", "a library does not log")


def source_size(tree):
    "A .c has at most 600 lines, a .h at most 200."
    for path, text in of_kind(tree, ".c", ".h"):
        most = MAX_HEADER_LINES if path.endswith(".h") else MAX_SOURCE_LINES
        if text.count("\n") > most:
            yield f"{path}: {text.count(chr(10))} lines, at most {most}"


def function_size(tree):
    "A function has at most 60 lines."
    for path, text in of_kind(tree, ".c"):
        for number, body in functions(text):
            if len(body) > MAX_FUNCTION_LINES:
                yield f"{path}:{number}: {len(body)} lines, at most {MAX_FUNCTION_LINES}"


def nesting(tree):
    "Control statements nest at most 4 deep."
    for path, text in of_kind(tree, ".c"):
        for number, body in functions(text):
            for offset, line in enumerate(body, 1):
                found = re.match(r"( +)(?:\} )?(?:else )?(if|for|while|do|switch)\b", line)
                if found and len(found[1]) > 4 * MAX_NESTING:
                    yield f"{path}:{number + offset}: nested {len(found[1]) // 4} deep, at most {MAX_NESTING}"


def room_size(tree):
    "A room has at most 12 .c files (the command line's and the wall's excepted)."
    rooms = {}
    for path, _ in product(tree, ".c"):
        rooms.setdefault(os.path.dirname(path), []).append(path)
    for room, sources in rooms.items():
        if len(sources) > MAX_ROOM_SOURCES and not room.startswith(("edge/ctl", "ui")):
            yield f"{room}: {len(sources)} .c files, at most {MAX_ROOM_SOURCES}"


def banned_words(tree):
    "What the style bans does not occur."
    for path, text in of_kind(tree, ".c", ".h"):
        yield from search(path, code(text), r"\b(g_error|strcpy|strcat|sprintf|vsprintf|atoi|atol|atof|gets|strtok)\s*\("
                          r"|\bgoto\b", "banned")


def unfinished(tree):
    "Nothing in the tree says that it is unfinished."
    for path, text in tree.items():
        if not path.startswith("tests/lint/"):
            yield from search(path, text, r"\b(TODO|FIXME|XXX|HACK)\b", "unfinished")


def machine_paths(tree):
    "No path of somebody's machine, and no password, stands in the tree."
    for path, text in tree.items():
        if not path.startswith("tests/lint/"):
            yield from search(path, text, r"(?<![\w.])/(work|home|root|Users|workspace)/\w+", "a machine's path")
            yield from search(path, text, r"-----BEGIN [A-Z ]*PRIVATE KEY-----", "a secret")


def money(tree):
    "Money is never a floating point number."
    for path, text in of_kind(tree, ".c", ".h"):
        yield from search(path, code(text), r"\b(double|float)\s+\*?\w*(price|amount|yuan|fen_|_fen|money|cost|fee)\w*",
                          "float money")


def stems(tree):
    "File stems are unique in the tree, tests excepted."
    seen = {}
    for path, _ in product(tree, ".c", ".h"):
        folder, name = os.path.split(path)
        stem = os.path.splitext(name)[0]
        if seen.setdefault(stem, folder) != folder:
            yield f"{path}: the stem {stem} stands in {seen[stem]} too"


def addresses(tree):
    "A public function is its file's stem and a verb (a header of several files: their common stem)."
    for path, text in product(tree, ".h"):
        stem = os.path.splitext(os.path.basename(path))[0]
        if f"{path[:-2]}.c" not in tree and any(p.startswith(f"{os.path.dirname(path)}/{stem.split('-')[0]}-") and
                                                p.endswith(".c") for p in tree):
            stem = stem.split("-")[0]
        stem = stem.replace("-", "_")
        for number, line in enumerate(code(text).splitlines(), 1):
            found = re.match(r"(?!typedef|static|return|#|G_)[A-Za-z_][\w \*]*?[ \*]([a-z]\w*)\(", line)
            if found and not found[1].startswith(stem + "_"):
                yield f"{path}:{number}: {found[1]}() does not begin with {stem}_"


def licence(tree):
    "Every source says its licence on top."
    for path, text in tree.items():
        if (path.endswith((".c", ".h", ".py", ".sh", ".sql", ".xml", ".ui", ".css", ".service"))
                or os.path.basename(path) == "meson.build" or text.startswith("#!")):
            top = "\n".join(text.splitlines()[:4])
            if "SPDX-License-Identifier: Apache-2.0" not in top:
                yield f"{path}: no SPDX line on top"
            elif path.endswith((".c", ".h")) and not text.startswith("/* SPDX-License-Identifier: Apache-2.0 */\n"):
                yield f"{path}: the SPDX line is not the first one"


def header_tops(tree):
    "A header's top says its one job, and it is included once."
    for path, text in product(tree, ".h"):
        lines = text.splitlines()
        if len(lines) < 2 or not lines[1].startswith("/* "):
            yield f"{path}:2: no comment that says its job, its thread and its units"
        if "#pragma once" not in lines:
            yield f"{path}: no #pragma once"


def test_per_source(tree):
    "Each source of the rooms that decide has a test file of its stem, or of the stem it is a part of."
    for path, _ in product(tree, ".c"):
        if in_rooms(path, DECIDING):
            folder, stem = f"tests/unit/{os.path.basename(os.path.dirname(path))}", os.path.basename(path)[:-2]
            parts = stem.split("-")
            if not any(f"{folder}/{'-'.join(parts[:n])}.c" in tree for n in range(1, len(parts) + 1)):
                yield f"{path}: there is no {folder}/{stem}.c"


def built(tree):
    "Every source is named in a meson.build of its folder or of one above, and each that is named is there."
    for path, _ in of_kind(tree, ".c"):
        folder, named = os.path.dirname(path), False
        stem = os.path.basename(path)[:-2]
        while not named:
            lists = tree.get(f"{folder}/meson.build" if folder else "meson.build", "")
            named = re.search(rf"""['/]{re.escape(stem)}(\.c)?'""", lists) is not None
            if not folder:
                break
            folder = os.path.dirname(folder)
        if not named:
            yield f"{path}: no meson.build names it"
    for path, text in of_kind(tree, "meson.build"):
        text = re.sub(r"#.*|\bcustom_target\('[^']*'|\boutput\s*:\s*('[^']*'|\[[^]]*\])", "", text)
        for name in re.findall(r"'([\w./-]+\.(?:c|py))'", text):
            if name[0] != "." and os.path.normpath(os.path.join(os.path.dirname(path), name)) not in tree:
                yield f"{path}: {name} is not there"


def documents(tree):
    "Each top-level folder has a README of one screen, and each program a man page."
    for folder in sorted({path.split("/")[0] for path in tree if "/" in path}):
        if folder[0] == ".":
            continue
        readme = tree.get(f"{folder}/README.md")
        if readme is None:
            yield f"{folder}/README.md is missing"
        elif readme.count("\n") > MAX_README_LINES and folder != "drivers":
            yield f"{folder}/README.md: {readme.count(chr(10))} lines, at most {MAX_README_LINES}"
    if "README.md" not in tree:
        yield "README.md is missing"
    for path, text in product(tree, "meson.build"):
        for name in re.findall(r"executable\('([\w-]+)'", text):
            if not any(f"assets/man/{name}.{section}" in tree for section in (1, 8)):
                yield f"{path}: {name} has no man page in assets/man"


def executable_bits(tree):
    "What begins with #! can be executed, and nothing else."
    for path, text in tree.items():
        mode = getattr(tree, "modes", {}).get(path)
        if mode is not None and bool(mode & 0o111) != text.startswith("#!"):
            yield f"{path}: {'is' if mode & 0o111 else 'is not'} executable"


def tidy(tree):
    "Text files end with a line feed, and have no tabs, carriage returns or trailing space."
    for path, text in tree.items():
        if text and not path.startswith(("tests/wire/", "tests/fuzz/")) and path != "LICENSE":
            if not text.endswith("\n"):
                yield f"{path}: no line feed at the end"
            yield from search(path, text, r"[ \t]+$|\r", "space at the end")
            if path.endswith((".c", ".h", ".py", "meson.build")):
                yield from search(path, text, r"\t", "a tab")


def run_tool(tree, paths, command):
    """What COMMAND says of the files, which stand in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        for path in (*paths, ".clang-format"):
            target = os.path.join(folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8", newline="") as file:
                file.write(tree.get(path, REAL[path] if path in REAL else ""))
        done = subprocess.run([*command, *paths], cwd=folder, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        return done.stdout.strip().splitlines() if done.returncode else []


def formatted(tree):
    "clang-format 14 has nothing to change."
    paths = [path for path, _ in of_kind(tree, ".c", ".h")]
    found = run_tool(tree, paths, ["clang-format-14", "--dry-run", "-Werror"]) if paths else []
    return [line for line in found if "error:" in line]


def shell(tree):
    "shellcheck has nothing to say of the shell scripts."
    paths = [path for path, text in sorted(tree.items()) if text.startswith("#!/bin/sh")]
    return run_tool(tree, paths, ["shellcheck", "--format=gcc"]) if paths else []


def python(tree):
    "Python compiles."
    for path, text in of_kind(tree, ".py"):
        try:
            compile(text, path, "exec")
        except SyntaxError as error:
            yield f"{path}:{error.lineno}: {error.msg}"


# A tree that each rule must object to, and one beside it that is right.

SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"


def function(lines, line="    f();\n"):
    return SPDX + "void g(void)\n{\n" + line * lines + "}\n"


def deep(levels):
    lines = "".join("    " * depth + "if (x)\n" for depth in range(1, levels + 1))
    return SPDX + "void g(void)\n{\n" + lines + "    " * (levels + 1) + "f();\n}\n"


class Modes(dict):
    """A tree whose files have modes."""

    def __init__(self, tree, modes):
        super().__init__(tree)
        self.modes = modes


CASES = {
    layers: ([{"edge/base/a.c": '#include "edge/model/point.h"\n'}, {"edge/safety/a.c": '#include "edge/store/store.h"\n'},
              {"edge/bus/a.c": '#include "edge/store/writer.h"\n'}, {"edge/base/a.c": '#include "b.h"\n'},
              {"edge/ctl/a.c": '#include "edge/model/site.h"\n'}, {"drivers/sim/a.c": '#include "drivers/driver.h"\n'},
              {"drivers/ykc/a.c": '#include "drivers/modbus/modbus-line.h"\n'},
              {"edge/unknown/a.c": '#include "edge/base/clock.h"\n'}],
             {"edge/config/a.c": '#include "edge/safety/rule.h"\n', "edge/bus/a.c": '#include "edge/store/store.h"\n',
              "edge/station/a.c": '#include "drivers/driver.h"\n', "drivers/ykc/a.c": '#include "drivers/driver-gauge.h"\n', "tests/unit/a.c": '#include "edge/bus/pin.h"\n'}),
    failure_domains: ([{"edge/bus/a.c": "#include <gst/gst.h>\n"}, {"drivers/ykc/a.c": "#include <curl/curl.h>\n"}],
                      {"drivers/media/a.c": "#include <gst/gst.h>\n"}),
    pure: ([{"edge/safety/a.c": "#include <gio/gio.h>\n"}, {"edge/safety/a.c": "    x = clock_now();\n"},
            {"edge/charging/a.c": "    g_timeout_add(1, f, NULL);\n"}],
           {"edge/safety/a.c": "/* clock_now() is not called */\nruntime(x);\n", "edge/store/a.c": "clock_now();\n"}),
    silent: ([{"edge/store/a.c": '    g_warning("x");\n'}, {"drivers/modbus/a.c": '    fprintf(stderr, "x");\n'}],
             {"edge/store/a.c": '    g_snprintf(s, 3, "x"); /* printf(x) */\n', "edge/ctl/a.c": '    g_print("x");\n'}),
    source_size: ([{"edge/base/a.c": "\n" * 601}, {"edge/base/a.h": "\n" * 201}],
                  {"edge/base/a.c": "\n" * 600, "edge/base/a.h": "\n" * 200}),
    function_size: ([{"edge/base/a.c": function(61)}, {"tests/unit/base/a.c": function(61)}],
                    {"edge/base/a.c": function(60)}),
    nesting: ([{"edge/base/a.c": deep(5)}], {"edge/base/a.c": deep(4)}),
    room_size: ([{f"edge/bus/a{n}.c": "" for n in range(13)}],
                {**{f"edge/bus/a{n}.c": "" for n in range(12)}, **{f"edge/ctl/a{n}.c": "" for n in range(30)}}),
    banned_words: ([{"edge/base/a.c": '    g_error("x");\n'}, {"edge/base/a.c": "    goto out;\n"},
                    {"edge/base/a.c": "    sprintf(s, f);\n"}, {"tests/unit/a.c": "    n = atoi(s);\n"},
                    {"edge/base/a.h": "#define X strcpy(a, b)\n"}],
                   {"edge/base/a.c": '    g_snprintf(s, n, "goto sprintf(");\n    snprintf(s); /* goto */ my_atoi(s);\n'}),
    unfinished: ([{"edge/base/a.c": "/* " + "TO" + "DO: more */\n"}, {"README.md": "FIX" + "ME\n"}],
                 {"edge/base/a.c": "int TODOS;\n"}),
    machine_paths: ([{"README.md": "see /" + "home/joe/x\n"}, {"tests/lib/a.py": '"/' + 'work/wt/x"\n'},
                     {"a.pem": "-----BEGIN " + "PRIVATE KEY-----\n"}], {"README.md": "https://example.com/home/x\n"}),
    money: ([{"edge/base/a.h": "    double price;\n"}, {"edge/charging/a.c": "    float *total_amount = 0;\n"}],
            {"edge/base/a.h": "    gint64 price_e5; double power_kw;\n"}),
    stems: ([{"edge/base/a.c": "", "edge/model/a.c": ""}, {"edge/base/a.h": "", "drivers/a.c": ""}],
            {"edge/base/a.c": "", "edge/base/a.h": "", "tests/unit/base/a.c": ""}),
    addresses: ([{"edge/base/clock.h": "gint64 now_us(void);\n"},
                 {"edge/a/b-parts.h": "int b_x(void);\n"}, {"drivers/ykc/ykc-frame.h": "char *ykc_decode(int a);\n"}],
                {"edge/config/config-parts.h": "int config_open(void);\n", "edge/config/config-device.c": "",
                 "drivers/ykc/ykc-frame.h": "char *ykc_frame_decode(int a,\n                       int b);\n"
                                            "typedef void (*Handler)(int a);\nG_DEFINE_AUTOPTR_CLEANUP_FUNC(A, a_free)\n"}),
    licence: ([{"edge/base/a.c": "int a;\n"}, {"edge/base/a.h": "\n" + SPDX}, {"tests/a.py": "import os\n"},
               {"station": "#!/bin/sh\n"}], {"edge/base/a.c": SPDX, "README.md": "no licence needed\n"}),
    header_tops: ([{"edge/base/a.h": SPDX + "#pragma once\n"}, {"edge/base/a.h": SPDX + "/* Says it. */\n"}],
                  {"edge/base/a.h": SPDX + "/* Says it. */\n#pragma once\n"}),
    test_per_source: ([{"edge/safety/a.c": ""}, {"edge/model/a.c": "", "tests/unit/safety/a.c": ""},
                       {"edge/safety/rule.c": "", "tests/unit/safety/rule-parse.c": ""}],
                      {"edge/safety/rule-parse.c": "", "tests/unit/safety/rule.c": "", "edge/ctl/b.c": ""}),
    built: ([{"edge/base/a.c": "", "edge/base/meson.build": "static_library('base', 'ba.c', 'aa.c')"},
             {"edge/base/meson.build": "static_library('base', 'gone.c')"}],
            {"edge/base/a.c": "", "edge/ctl/b.c": "", "tests/unit/base/a.c": "", "edge/base/meson.build": "'a.c'",
             "edge/meson.build": "executable('x', 'ctl/b.c', custom_target(output: ['made.c']))", "tests/unit/base/meson.build": "foreach n : ['a']"}),
    documents: ([{"README.md": "", "edge/a.c": ""}, {"README.md": "", "edge/README.md": "\n" * 61}, {"LICENSE": ""},
                 {"README.md": "", "edge/README.md": "", "edge/meson.build": "executable('stationd', 'stationd.c')"}],
                {"README.md": "", "edge/README.md": "", "edge/meson.build": "executable('stationd', 'stationd.c')",
                 "assets/man/stationd.8": "", "assets/README.md": ""}),
    executable_bits: ([Modes({"station": "#!/bin/sh\n"}, {"station": 0o644}), Modes({"a.c": "x\n"}, {"a.c": 0o755})],
                      Modes({"station": "#!/bin/sh\n", "a.c": "x\n"}, {"station": 0o755, "a.c": 0o644})),
    tidy: ([{"a.md": "x"}, {"a.md": "x \n"}, {"a.c": "\tx\n"}, {"a.md": "x\r\n"}], {"a.md": "x\n", "a.c": "    x\n"}),
    formatted: ([{"edge/base/a.c": "int  f( void ){return 1;}\n"}], {"edge/base/a.c": "int a;\n"}),
    shell: ([{"run": "#!/bin/sh\nrm $1\n"}], {"run": '#!/bin/sh\nrm "$1"\n'}),
    python: ([{"a.py": "def f(:\n"}], {"a.py": "def f():\n    pass\n"}),
}


def read_tree():
    """The files that belong to the source: what git tracks or would, else all but the build folders."""
    try:
        listing = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                 check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        paths = sorted(set(listing.split("\0")) - {""})
    except (OSError, subprocess.CalledProcessError):
        paths = []
        for folder, folders, names in os.walk(ROOT):
            folders[:] = [f for f in folders if f not in (".git", "__pycache__") and not f.startswith("build")]
            paths += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    tree = Modes({}, {})
    for path in paths:
        full_path = os.path.join(ROOT, path)
        if not os.path.isfile(full_path) or os.path.islink(full_path):
            continue
        with open(full_path, "rb") as file:
            content = file.read()
        if b"\0" not in content[:8192]:
            tree[path] = content.decode("utf-8", "replace")
            tree.modes[path] = os.stat(full_path).st_mode
    return tree


REAL = read_tree()


def holds(rule):
    def case():
        findings = list(rule(REAL))
        if findings:
            raise tap.Failure("\n".join(findings[:100]))
    case.__doc__ = rule.__doc__
    return case


def can_fail(rule):
    def case():
        bad, good = CASES[rule]
        for tree in bad:
            tap.check(list(rule(tree)), f"{rule.__name__} finds nothing wrong in {tree!r}")
        tap.equal(list(rule(good)), [], f"{rule.__name__} of a good tree")
    case.__doc__ = f"The rule {rule.__name__.replace('_', ' ')} finds what is bad, and only that."
    return case


def main():
    tap.check(len(REAL) > 20, "the source tree is there")
    for rule in CASES:
        tap.test(holds(rule))
        tap.test(can_fail(rule))
    tap.main()


main()
