-- Trusted since Postgres 13: the owner of the database may create it, also on a managed one.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- A part of a version or of a revision's name.
CREATE INDEX "release_version_idx" ON "release" USING GIN ("version" gin_trgm_ops);
CREATE INDEX "target_revision_name_idx" ON "target_revision" USING GIN ("name" gin_trgm_ops);

-- The beginning of a commit or of a digest. On an expression, since Prisma cannot say an operator class of a B-tree and
-- would drop the index with its next migration.
CREATE INDEX "release_commit_prefix" ON "release"((lower("commit")) text_pattern_ops);
CREATE INDEX "artifact_digest_prefix" ON "artifact"((lower("digest")) text_pattern_ops);
