"""The difusor: receive → verify → activate → serve → report. It never renders (decisions §7)."""
