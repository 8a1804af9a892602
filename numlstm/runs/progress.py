"""What the user sees while a network trains: a progress bar in a terminal, plain lines elsewhere."""

import time

from tqdm import tqdm

LINE_EVERY = 30  # seconds between plain lines


def clock(seconds):
    """75.2 -> '1:15', 3675 -> '1:01:15'."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def epoch_line(log, epochs):
    """The line printed at the end of an epoch, from the log so far."""
    row, elapsed = log[-1], sum(row["seconds"] + row["validation_seconds"] for row in log)
    remaining = elapsed / row["epoch"] * (epochs - row["epoch"])
    return (f"epoch {row['epoch']:>2}/{epochs}  rate {row['learning_rate']:<6.4g}"
            f"  train {row['train_perplexity']:8.2f}  valid {row['valid_perplexity']:8.2f}"
            f"  clipped {row['clipped_share']:4.0%}  {row['tokens_per_second']:7,.0f} tokens/s"
            f"  elapsed {clock(elapsed)}  remaining {clock(remaining)}")


class Progress:
    """Shows how far an epoch is: running perplexity of the training text, and tokens per second."""

    def __init__(self, terminal, quiet=False):
        self.terminal, self.quiet = terminal, quiet

    def begin(self, epoch, steps, done):
        """A new epoch begins. It has `steps` steps, of which `done` are done already (after --resume)."""
        self.epoch, self.steps = epoch, steps
        self.said = time.monotonic()
        self.bar = tqdm(total=steps, initial=done, desc=f"epoch {epoch}", leave=False, disable=not self.terminal,
                        dynamic_ncols=True, bar_format="{desc}: {percentage:3.0f}%|{bar}| {remaining} left{postfix}")

    def step(self, done, totals):
        """One more step is done. totals: a `state.Totals`."""
        numbers = f"train perplexity {totals.perplexity():.1f}, {totals.tokens / totals.seconds:,.0f} tokens/s"
        if self.terminal:
            self.bar.set_postfix_str(numbers, refresh=False)
            self.bar.update()
        elif not self.quiet and time.monotonic() - self.said >= LINE_EVERY:
            self.said = time.monotonic()
            print(f"epoch {self.epoch}, {done / self.steps:.0%}: {numbers}", flush=True)

    def end(self):
        """The epoch's training is over, or interrupted."""
        self.bar.close()

    def finished(self, log, epochs):
        """The epoch in the log's last row is trained and validated."""
        if not self.quiet:
            print(epoch_line(log, epochs), flush=True)


class Reports(Progress):
    """Reports how far an epoch is: calls report({"epoch", "share", "perplexity"}) at most once a second."""

    def __init__(self, report):
        super().__init__(terminal=False, quiet=True)
        self.report = report

    def step(self, done, totals):
        if time.monotonic() - self.said > 1:
            self.said = time.monotonic()
            self.report({"epoch": self.epoch, "share": done / self.steps, "perplexity": totals.perplexity()})
