-- Channels that hear that a change was started, and that it was finished, hear as well that one ran out which nobody has begun.
UPDATE channels SET events = events || ' change.expired'
WHERE (' ' || events || ' ') LIKE '% change.started %' AND (' ' || events || ' ') LIKE '% change.finished %'
    AND (' ' || events || ' ') NOT LIKE '% change.expired %';
