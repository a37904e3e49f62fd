-- Counts of a warm-up are kept as well: rules with a shorter one can be tried on them.
ALTER TABLE "rollout_measurement" ADD COLUMN "is_cold" BOOLEAN NOT NULL DEFAULT false;
