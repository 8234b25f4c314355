#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Turns SQL files into one C file, so that the program carries its migrations and queries with it.

usage: embed.py NAME OUT.c FILE.sql…

Files under migrations/ are named NNN-what.sql and numbered 1, 2, 3 … without holes. A query holds one
statement and says in its head what goes in, in the order of the parameters' first appearance:

    -- in: id s, over i, weight d         (s text, i integer, d real; "nothing" where there is none)
    -- out: nothing

The build fails where the head and the statement disagree.

NAME hq: PostgreSQL's parameters are numbered, and the texts go to sync/hq/hq-sql.h as name and statement.
"""
import os
import re
import sys


def fail(path, text):
    sys.exit(f"{path}: {text}")


def code_of(text):
    """TEXT without its comment lines."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--")).strip()


def quoted(text):
    """TEXT as C string literals, a line each."""
    lines = text.split("\n")
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    return "\n".join(f'        "{line}\\n"' for line in escaped)


def head_of(path, text):
    """What the head says goes in: [(name, letter)]."""
    found = re.search(r"^-- in: (.*)$", text, re.M)
    if not found or not re.search(r"^-- out: \S", text, re.M):
        fail(path, "the head must have one line '-- in: …' and one '-- out: …'")
    if found[1].strip() == "nothing":
        return []
    inputs = [tuple(part.split()) for part in found[1].split(",")]
    for one in inputs:
        if len(one) != 2 or one[1] not in "ids":
            fail(path, f"'-- in:' has {' '.join(one)!r}; allowed is NAME and one of i, d, s")
    return inputs


def query(path, text):
    inputs = head_of(path, text)
    code = code_of(text)
    if code.count(";") != 1 or not code.endswith(";"):
        fail(path, "a query is one statement, closed by its only ';'")
    used = list(dict.fromkeys(re.findall(r":([a-z_]+)", re.sub(r"'[^']*'", "''", code))))
    if used != [name for name, _ in inputs]:
        fail(path, f"the head says {[name for name, _ in inputs]}, the statement uses {used}")
    name = os.path.splitext(os.path.basename(path))[0]
    letters = "".join(letter for _, letter in inputs)
    reads = "TRUE" if code.upper().startswith(("SELECT", "WITH")) else "FALSE"
    return name, f'    {{ "{name}", "{letters}", {reads},\n{quoted(code)} }},'


def migration(path, text, number):
    name = os.path.splitext(os.path.basename(path))[0]
    if not name.startswith(f"{number:03d}-"):
        fail(path, f"migration {number} is missing, or two have one number")
    return f'    {{ {number}, "{name}",\n{quoted(code_of(text))} }},'


def plain(out, files):
    """Headquarters' files: migrations in their order, queries by name."""
    groups = {"migrations": [], "queries": []}
    for path in sorted(files, key=os.path.basename):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        kind = "migrations" if "/migrations/" in path else "queries"
        name = os.path.splitext(os.path.basename(path))[0]
        if kind == "migrations":
            migration(path, text, len(groups[kind]) + 1)
        groups[kind].append(f'    {{ "{name}",\n{quoted(code_of(text))} }},')
    with open(out, "w", encoding="utf-8") as file:
        file.write('/* Made by sql/embed.py from the files of sql/hq. */\n#include "sync/hq/hq-sql.h"\n')
        for kind, entries in groups.items():
            file.write(f"\nconst HqSqlText hq_sql_{kind}[] = {{\n" + "\n".join(entries)
                       + f"\n}};\nconst guint hq_sql_n_{kind} = {len(entries)};\n")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    name, out, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    if name == "hq":
        return plain(out, files)
    migrations, queries = [], {}
    for path in sorted(files, key=os.path.basename):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if "/migrations/" in path:
            migrations.append(migration(path, text, len(migrations) + 1))
        else:
            stem, entry = query(path, text)
            queries[stem] = entry
    with open(out, "w", encoding="utf-8") as file:
        file.write(f"/* Made by sql/embed.py from the files of sql/. */\n#include \"edge/store/{name}-sql.h\"\n\n")
        file.write(f"const MigrationText {name}_sql_migrations[] = {{\n" + "\n".join(migrations) + "\n};\n")
        file.write(f"const guint {name}_sql_n_migrations = {len(migrations)};\n\n")
        file.write("/* In the order of their names. */\n")
        file.write(f"const StatementText {name}_sql_queries[] = {{\n"
                   + "\n".join(queries[stem] for stem in sorted(queries)) + "\n};\n")
        file.write(f"const guint {name}_sql_n_queries = {len(queries)};\n")


if __name__ == "__main__":
    main()
