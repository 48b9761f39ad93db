"""The weights store: models of a Hugging Face hub, fetched when somebody asks, verified ever after.

`names.py` reads what a user calls a model, `record.py` keeps what the hub said about it
(`weights.lock.json`), `store.py` finds and verifies what is there without the network, and
`hub.py` and `download.py` fetch. Only these two use the network, and only for `leaksift models`.
"""
