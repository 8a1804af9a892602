"""How fast it is: `contest` (who is measured, in turn), `measure` (one measurement), `peers` (other libraries),
`profiling` (where a step's time goes). `tables` and `figures` show the results.
"""
