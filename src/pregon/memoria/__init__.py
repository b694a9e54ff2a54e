"""Access logs → figures → the memoria técnica of one difusor (R135–R138)."""
