-- AlterTable
ALTER TABLE "rollout" ADD COLUMN     "frozen_at" TIMESTAMPTZ(3),
ADD COLUMN     "superseded_by_id" UUID;
