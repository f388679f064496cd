"""Engine environments: a Python with torch that the program makes beside itself, when the user asks for it."""
