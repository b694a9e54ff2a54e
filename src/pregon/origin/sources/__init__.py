"""Where actas come from, behind one port: the synthetic night and the replay of a final file."""
