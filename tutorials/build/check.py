"""Checks what you have written in network.py, and says what is wrong and perhaps why.

    python tutorials/build/check.py           all steps
    python tutorials/build/check.py 7         step 7

A step is tried alone: what else it calls comes from paper.py, so you can begin anywhere. What must come out comes
from numlstm. If it is something else, the variables that have the course's names are compared one by one. Variables in
a loop are those of its last turn.
"""

import argparse
import sys
from itertools import groupby

from checker.compare import difference, same
from checker.mistakes import MISTAKES
from checker.trying import GAPS, expected, load, outcome, with_mistakes, written
from gaps import HERE, NETWORK, Empty


def check(function, text, path=NETWORK, alone=True):
    """What to print about a function in the text of a file: no lines if it is right. Raises Empty if it is a gap."""
    called = written(function, text, path, alone)
    if called is None:
        return [f"there is no function {function} in {path.name}"]
    yours, right = outcome(called, function), expected(function)
    needed = [name for name in right if name.startswith(("result", "params"))]  # params are changed in place
    if all(name in yours and same(yours[name], right[name]) for name in needed):
        return []
    if "error" in yours:  # variables may be half done then
        mistake = suspect(function, (), yours, "error")
        return [f"{yours['line']}", yours["error"], *([f"Perhaps {mistake.message}"] if mistake else [])]
    return [f"{', '.join(name for name, _ in some)}: {verdict}"
            for verdict, some in groupby(verdicts(function, yours, right), key=lambda found: found[1])]


def verdicts(function, yours, right):
    """(name, what to say) for each variable. A mistake that explains a wrong one may explain later ones, too."""
    made, base, wrong = (), right, False
    for name in filter(yours.__contains__, right):
        if name.startswith("result") and (wrong or same(yours[name], right[name])):
            continue  # its parts have been named
        if same(yours[name], right[name]) or name in base and same(yours[name], base[name]):
            if not name.startswith("block"):  # blocks are only for mistakes that nothing above explains
                yield name, "right" if same(yours[name], right[name]) else "wrong because of that"
        elif mistake := suspect(function, made, yours, name):
            made, wrong = (*made, mistake), True
            base = with_mistakes(function, made)
            yield name, f"WRONG, perhaps {mistake.message}"
        else:
            wrong = True
            yield name, f"WRONG, {difference(yours[name], right[name])}"


def suspect(function, made, yours, name):
    """The mistake that, made besides those found before, gives this variable and most of the others; or None."""
    best, most = None, 0
    for mistake in MISTAKES[function]:
        other = with_mistakes(function, (*made, mistake))
        if name in other and same(yours[name], other[name]):
            alike = sum(key in yours and same(yours[key], value) for key, value in other.items())
            best, most = (mistake, alike) if alike > most else (best, most)
    return best


def report(path, step=None):
    """Prints a line for each function, or for those of a step, and more where one is wrong. Returns the Gaps left."""
    left, text = [], path.read_text(encoding="utf-8")
    for gap in sorted(GAPS.values(), key=lambda gap: gap.step):
        if step in (None, gap.step):
            try:
                lines = check(gap.function, text, path)
                word = "WRONG" if lines else "right"
            except Empty:
                lines, word = [], "your turn"
            show(f"step {gap.step:2}  {gap.function}", word, lines)
            left += [gap] if word != "right" else []
    return left


def show(what, word, lines):
    print(f"{what:30}{word}", *lines, sep="\n" + " " * 9)


def main():
    parser = argparse.ArgumentParser(prog="tutorials/build/check.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", nargs="?", type=int, choices=sorted({gap.step for gap in GAPS.values()}),
                        help="check this step alone")
    step = parser.parse_args().step
    if not NETWORK.exists():
        sys.exit("error: there is no network.py yet. Make it with: python tutorials/build/gaps.py")
    try:
        load(NETWORK.read_text(encoding="utf-8"), NETWORK)
    except Exception as error:  # any is possible
        sys.exit(f"error: network.py can't be read. {type(error).__name__}: {error}")
    left = report(NETWORK, step)
    if left:
        print(f"\nNext: step {left[0].step}, {left[0].function}. {HERE / 'README.md'} explains it.")
    elif step is None:
        lines = check("train_epoch", NETWORK.read_text(encoding="utf-8"), alone=False)
        show("all steps together", "WRONG" if lines else "right", lines)
        print("\nDelete the line that imports your_turn. Then train: python tutorials/build/network.py")
    return bool(left)


if __name__ == "__main__":
    sys.exit(main())
