"""How fast it is: `measure` (one measurement), `peers` (other libraries), `profiling` (where a step's time goes)."""
