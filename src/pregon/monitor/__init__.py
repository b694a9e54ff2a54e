"""What the public sees at each difusor, and what follows from it; it decides, origin acts (decisions §3)."""
