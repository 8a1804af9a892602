"""Where the networks of an average come from: folders of ensembles and of runs, and files of predictions.

Tutorial: tutorials/11_ensembles.md
"""

import dataclasses
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from ...errors import UserError
from ...network.backend import Backend
from ...network.config import Config
from ...runs import checkpoint
from ...runs.folders import check_corpus, load_run, without_seed
from . import predictions
from .predictions import Predictions


def holds_networks(folder: Path) -> bool:
    """Whether a folder is that of an ensemble or a run."""
    return any(folder.glob("member-*")) or (folder / "checkpoint.npz").exists()


def networks_in(path: Path) -> list[Path]:
    """The networks at a path, sorted by name: an ensemble's members, a run, files of predictions in a folder, or one.

    Raises UserError where there is none.
    """
    if path.is_file():
        return [path.resolve()]
    networks = sorted(member.parent for member in path.glob("member-*/checkpoint.npz"))
    if not networks and (path / "checkpoint.npz").exists():
        networks = [path]
    networks = networks or sorted(path.glob("*.npz"))
    if not networks:
        raise UserError(f"{path} holds no network: name a folder, runs/NAME, of an ensemble or a run, or a file of "
                        "predictions, or a folder of such files")
    return [network.resolve() for network in networks]


def finished(paths: Sequence[Path]) -> list[Path]:
    """The networks at these paths that are trained to the end, each once. (A file of predictions is of such a one.)

    Raises UserError where there is none.
    """
    begun = list(dict.fromkeys(chain(*map(networks_in, paths))))  # each once, however often it is named
    done = [path for path in begun if path.is_file() or is_finished(path)]
    if not done:
        raise UserError(f"{', '.join(map(str, paths))}: no network is trained to the end ({len(begun)} begun): train "
                        "it first, by the command that began it")
    if len(done) < len(begun):
        print(f"{len(begun) - len(done)} of {len(begun)} members are not trained to the end: they are left out",
              file=sys.stderr)
    return done


def is_finished(folder: Path) -> bool:
    """Whether a run is trained to the end."""
    job = checkpoint.load(folder)
    return job.state.epoch > job.config.epochs


def read_all(paths: Sequence[Path], data_option: str | None, backend: Backend,
             progress: bool = False) -> list[Predictions]:
    """The Predictions of all networks. The text is needed only where a run's aren't in its folder yet.

    Raises UserError where networks were trained on different texts or vocabularies, or are damaged.
    """
    runs = [path for path in paths if not path.is_file()]
    corpus = load_run(runs[0], data_option)[1] if runs else None
    networks: list[Predictions] = []
    for path in paths:
        if path.is_file():
            network = predictions.read(path)
        else:
            assert corpus is not None  # for the type checker: it is there as soon as there is a run
            job = checkpoint.load(path)
            if job.fingerprint != corpus.fingerprint or job.vocabulary != corpus.vocabulary:
                raise different(runs[0], path)
            check_corpus(job, corpus, path)
            network = predictions.of_run(path, job, corpus, backend, progress)
        if networks and shape(network) != shape(networks[0]):
            raise different(networks[0].path, path)
        networks.append(network)
    return networks


def shape(network: Predictions) -> tuple[str, list[int]]:
    """What the networks of an average have in common: their text, and how many of its words are predicted."""
    return network.fingerprint, [len(nll) for nll in network.nll.values()]


def different(first: Path, other: Path) -> UserError:
    """The error about two networks that can't be averaged."""
    return UserError(f"{first} and {other} were trained on different texts or vocabularies: average those of one text")


def name_of(path: Path, config: Config) -> str:
    """A network's name, such as ptb-small-seed3: that of its file or folder; a member has its ensemble's."""
    name = path.stem if path.is_file() else path.parent.name if path.name.startswith("member-") else path.name
    return f"{without_seed(name)}-seed{config.seed}"


def kinds_of(networks: Sequence[Predictions]) -> dict[str, list[int]]:
    """{a name: the numbers of the networks that differ only in their seed}. The name is `name_of`, without the seed."""
    names: dict[Config, str] = {}
    kinds: dict[str, list[int]] = {}
    for number, network in enumerate(networks):
        config = dataclasses.replace(network.config, seed=0)
        if config not in names:
            name = without_seed(name_of(network.path, config))
            names[config] = name if name not in kinds else f"{name} (kind {len(kinds) + 1})"
        kinds.setdefault(names[config], []).append(number)
    return kinds
