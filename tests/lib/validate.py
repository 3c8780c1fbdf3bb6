"""validate.py LINES: each line of the file is DEF, a tab and a JSON text, which must be as docs/api.schema.json defines
DEF. Prints TAP without a plan: a line a DEF. So that it can fail, each text is spoilt as well, one member at a
time, and must not be taken then. At last come the tables of docs/api.md and its manual page: they know the same names."""
import json
import os
import re
import sys

from jsonschema import Draft202012Validator

# Told when a machine gives no processor time, which no test may wait for; and what this machine can't show.
NEVER_SEEN = {"event.starved", *os.environ.get("NOT_HERE", "").split()}

schema = json.load(open("docs/api.schema.json"))
Draft202012Validator.check_schema(schema)


def validator(name):
    return Draft202012Validator({"$ref": "#/$defs/" + name, "$defs": schema["$defs"]})


def spoilt(value):
    for member in value:
        yield {**value, member: {"spoilt": "yes"}}
    yield {**value, "surplus": 1}


def faults_of(name, texts):
    check = validator(name)
    for text in texts:
        value = json.loads(text)
        for error in check.iter_errors(value):
            yield f"{text}: {error.message}"
        for other in spoilt(value):
            if check.is_valid(other):
                yield f"spoilt, and taken: {json.dumps(other)}"


def says(name, faults):
    print(("not ok" if faults else "ok") + " - " + name)
    for fault in faults[:5]:
        print("# " + fault[:400])


def names(kind):
    prefix = kind + "."
    return {name[len(prefix):] for name in schema["$defs"] if name.startswith(prefix)}


def in_tables(path):
    """The first cells of the tables of api.md: of those that begin with `cmd`, and with `event`."""
    found = {"cmd": set(), "event": set()}
    kind = None
    for line in open(path):
        cell = line.split("|")[1] if line.startswith("|") else ""
        words = re.findall(r"`(\w+)`", cell)
        if not cell:
            kind = None
        elif kind is None:
            kind = words[0] if words and words[0] in found else ""
        elif kind:
            found[kind].update(words)
    return found


def in_page(path, section):
    """What .It lists in a section of a manual page."""
    text = open(path).read().split(f".Sh {section}\n")[1].split("\n.Sh ")[0]
    return {word for line in re.findall(r"^\.It (.*)", text, re.M) for word in re.findall(r"Cm (\w+)", line)}


def difference(a, b):
    return [f"only one of both knows {name}" for name in sorted(a ^ b)]


lines = {}
for line in open(sys.argv[1]):
    name, text = line.rstrip("\n").split("\t", 1)
    lines.setdefault(name, []).append(text)
for name in sorted(lines):
    says(f"{len(lines[name])} of {name}", list(faults_of(name, lines[name])))
wanted = {name for name in schema["$defs"] if "." in name} - NEVER_SEEN
# What steers a program is never answered.
says("all that the schema defines was seen", [f"never seen: {name}" for name in sorted(wanted - set(lines))])
says("each request has answers", difference(names("request") - {"credit", "cancel", "input", "exec_signal", "resize"}, names("answer")))
for kind in ("request", "answer", "event"):
    refs = {ref["$ref"].removeprefix(f"#/$defs/{kind}.") for ref in schema["$defs"][kind]["anyOf"]}
    says(f"the schema of any {kind} has them all", difference(names(kind), refs))
tables = in_tables("docs/api.md")
says("api.md has the same requests", difference(names("request"), tables["cmd"]))
says("api.md has the same events", difference(names("event"), tables["event"]))
says("bonsai-api(7) has the same requests", difference(names("request"), in_page("man/bonsai-api.7", "REQUESTS")))
says("bonsai-api(7) has the same events", difference(names("event"), in_page("man/bonsai-api.7", "EVENTS")))
