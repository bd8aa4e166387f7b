# monitors
