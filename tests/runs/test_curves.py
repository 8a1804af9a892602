"""A run's picture says which epoch was best."""

import pytest

from numlstm.runs import curves


@pytest.mark.parametrize("valid, marked", [([120, 100, 110], "its best epoch, 2: 100.0"), ([120, 110, 100], None)])
def test_the_best_epoch_is_marked_if_it_is_not_the_last(real_curves, valid, marked):
    log = [{"epoch": epoch, "train_perplexity": 90.0, "valid_perplexity": perplexity, "learning_rate": 1.0,
            "test_perplexity": None} for epoch, perplexity in enumerate(valid, 1)]
    labels = curves.learning_curves(log).axes[0].get_legend_handles_labels()[1]
    assert [label for label in labels if "best epoch" in label] == ([marked] if marked else [])
