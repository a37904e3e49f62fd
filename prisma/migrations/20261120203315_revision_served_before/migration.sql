-- AlterTable
ALTER TABLE "target_revision" ADD COLUMN     "served_before" TEXT;

-- What is proven already knows it too: its rollout kept what was stable then.
UPDATE "target_revision" v SET "served_before" = r."stable"->>'revision'
FROM "rollout" r
WHERE r."id" = v."rollout_id" AND r."kind" = 'promotion' AND r."state" = 'succeeded' AND v."proven" = 'proven';
