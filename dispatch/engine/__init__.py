"""The single writer: gather → decide → commit → tell, and the ports through which everything that varies comes in."""
