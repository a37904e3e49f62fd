-- Which token made this one: it ends with it. Of tokens from before nobody knows; the version before leaves it empty.
-- AlterTable
ALTER TABLE "api_token" ADD COLUMN "parent_id" UUID;

-- CreateIndex
CREATE INDEX "api_token_parent_id_idx" ON "api_token"("parent_id");

-- AddForeignKey
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "api_token"("id") ON DELETE SET NULL ON UPDATE CASCADE;
