-- Since when the slice that an explanation names first is found without a break: what flickers is no news in a timeline.
ALTER TABLE explanations ADD COLUMN steady_since BIGINT NOT NULL DEFAULT 0;
