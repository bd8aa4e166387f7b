# systems
