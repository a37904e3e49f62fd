-- Lists show the split of hundreds of targets: it stands beside the snapshot, which is tens of kilobytes and would be
-- unpacked for it. A trigger keeps it equal to the snapshot's, whichever version of the worker writes that.
ALTER TABLE "target" ADD COLUMN "live_split" JSONB;

CREATE FUNCTION target_live_split() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.live_split := CASE WHEN jsonb_exists(NEW.snapshot, 'observation') THEN NEW.snapshot -> 'split' END;
  RETURN NEW;
END $$;
CREATE TRIGGER target_live_split BEFORE INSERT OR UPDATE OF "snapshot", "live_split" ON "target" FOR EACH ROW EXECUTE FUNCTION target_live_split();

UPDATE "target" SET "snapshot" = "snapshot" WHERE "snapshot" IS NOT NULL;
