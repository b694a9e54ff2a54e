"""What is published and why it is believed, pure: manifest, acceptance, roles, difusores and their states.

Origin and node share only this. TUF's own rules are TUF's (decisions §6); here stand ours. Nothing here
opens a file, asks the time or logs.
"""
