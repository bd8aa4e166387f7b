-- How bad an alert was when its group told last that it fires: what is worse by now is news.
ALTER TABLE alert_members ADD COLUMN severity BIGINT;
UPDATE alert_members SET severity = (SELECT a.severity FROM alerts a WHERE a.id = alert_members.alert_id) WHERE told = 'firing';
