-- Of a fan-out's children only so many run at one time as was asked for: the others are ready, but due at a moment that
-- does not come, until one that runs has ended. `held_back` counts these.
ALTER TABLE fan_outs ADD COLUMN held_back INTEGER NOT NULL DEFAULT 0 CHECK (held_back >= 0);
