"""How events travel from whoever reads them to whoever wants them."""
