"""Pregón: preliminary election results that anybody can verify at any official difusor."""
