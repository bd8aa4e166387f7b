-- Who posted an alert from outside: one alert keeps another team's quiet only where the same sender posts for both.
ALTER TABLE alerts ADD COLUMN sender TEXT NOT NULL DEFAULT '';
