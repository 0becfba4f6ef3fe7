"""Who can prove it: checkpoints of log and audit trail, and a reader that finds what was changed behind them."""
