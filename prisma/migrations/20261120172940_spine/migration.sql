-- CreateEnum
CREATE TYPE "Role" AS ENUM ('viewer', 'developer', 'release_manager', 'on_call', 'admin');

-- CreateEnum
CREATE TYPE "PromotionState" AS ENUM ('pending', 'ready', 'rolling_out', 'succeeded', 'rejected', 'expired', 'cancelled', 'superseded', 'failed', 'rolled_back');

-- CreateEnum
CREATE TYPE "ReleaseState" AS ENUM ('active', 'vetoed', 'abandoned');

-- CreateEnum
CREATE TYPE "RolloutState" AS ENUM ('pending', 'running', 'paused', 'held', 'rolling_back', 'succeeded', 'rolled_back', 'failed', 'cancelled', 'superseded');

-- CreateEnum
CREATE TYPE "RolloutKind" AS ENUM ('promotion', 'rollback', 'shift');

-- CreateTable
CREATE TABLE "person" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "person_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "binding" (
    "id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "role" "Role" NOT NULL,
    "application_id" UUID,
    "environment_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "binding_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "scopes" TEXT[],
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in_failure" (
    "id" BIGSERIAL NOT NULL,
    "address" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sign_in_failure_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ended_session" (
    "id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ended_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "application" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "yaml" TEXT NOT NULL,
    "blueprint" JSONB NOT NULL,
    "blueprint_hash" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "retired_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "application_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service" (
    "id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "repository" TEXT,
    "position" INTEGER NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "service_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "environment" (
    "id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "tier" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "environment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "target" (
    "id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "locator" JSONB NOT NULL,
    "locator_key" TEXT,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "snapshot" JSONB,
    "snapshot_at" TIMESTAMPTZ(3),
    "snapshot_error" TEXT,
    "intended" JSONB,
    "drift" JSONB,
    "stable_revision" TEXT,
    "stable_release_id" UUID,
    "stable_since" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 0,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "target_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "target_revision" (
    "target_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "image" TEXT NOT NULL,
    "digest" TEXT,
    "release_id" UUID,
    "rollout_id" UUID,
    "proven" TEXT,
    "proven_at" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "ready" BOOLEAN NOT NULL DEFAULT false,
    "deleted_at" TIMESTAMPTZ(3),
    "image_found" BOOLEAN,
    "image_checked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "target_revision_pkey" PRIMARY KEY ("target_id","name")
);

-- CreateTable
CREATE TABLE "target_hold" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "digests" TEXT[],
    "release_id" UUID,
    "rollout_id" UUID,
    "reason" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "lifted_at" TIMESTAMPTZ(3),
    "lifted_by" TEXT,
    "lift_reason" TEXT,

    CONSTRAINT "target_hold_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" UUID NOT NULL,
    "chain" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "verb" TEXT NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "subjects" TEXT[],
    "reason" TEXT,
    "message" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "request_id" TEXT,
    "previous_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_chain" (
    "chain" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_chain_pkey" PRIMARY KEY ("chain")
);

-- CreateTable
CREATE TABLE "clock" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "offset_ms" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "clock_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "worker_heartbeat" (
    "id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "beat_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "worker_heartbeat_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "actor_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "status" INTEGER,
    "response" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("actor_id","key")
);

-- CreateTable
CREATE TABLE "promotion" (
    "id" UUID NOT NULL,
    "release_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "state" "PromotionState" NOT NULL DEFAULT 'pending',
    "requested_by_id" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "reason" TEXT,
    "start" TEXT NOT NULL,
    "start_requested" JSONB,
    "content" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "plan" JSONB NOT NULL,
    "gates" JSONB NOT NULL,
    "override" JSONB,
    "superseded_by_id" UUID,
    "end_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "wake_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "promotion_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "approval" (
    "id" UUID NOT NULL,
    "promotion_id" UUID,
    "rollout_id" UUID,
    "step_index" INTEGER,
    "person_id" TEXT NOT NULL,
    "person_name" TEXT NOT NULL,
    "decision" TEXT NOT NULL,
    "content_hash" TEXT NOT NULL,
    "comment" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "voided_at" TIMESTAMPTZ(3),
    "void_reason" TEXT,

    CONSTRAINT "approval_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "release" (
    "id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "version" TEXT NOT NULL,
    "state" "ReleaseState" NOT NULL DEFAULT 'active',
    "state_reason" TEXT,
    "commit" TEXT NOT NULL,
    "author" TEXT,
    "notes" TEXT,
    "evidence" JSONB,
    "schema" JSONB,
    "created_by" TEXT NOT NULL,
    "created_by_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "release_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "artifact" (
    "id" UUID NOT NULL,
    "release_id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "image" TEXT NOT NULL,
    "repository" TEXT NOT NULL,
    "tag" TEXT,
    "digest" TEXT NOT NULL,

    CONSTRAINT "artifact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rollout" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "promotion_id" UUID,
    "release_id" UUID,
    "kind" "RolloutKind" NOT NULL,
    "state" "RolloutState" NOT NULL DEFAULT 'pending',
    "hold_reason" JSONB,
    "group_index" INTEGER NOT NULL DEFAULT 0,
    "plan" JSONB NOT NULL,
    "content_hash" TEXT NOT NULL,
    "steps" JSONB NOT NULL,
    "step_index" INTEGER NOT NULL DEFAULT 0,
    "stable" JSONB,
    "candidate" JSONB,
    "desired_split" JSONB,
    "observed_split" JSONB,
    "observed_at" TIMESTAMPTZ(3),
    "verdicts" JSONB NOT NULL,
    "intent" JSONB,
    "errors" INTEGER NOT NULL DEFAULT 0,
    "end_reason" TEXT,
    "created_by" TEXT NOT NULL,
    "created_by_id" TEXT,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 0,
    "wake_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "rollout_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "person_email_key" ON "person"("email");

-- CreateIndex
CREATE INDEX "binding_person_id_idx" ON "binding"("person_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_hash_key" ON "api_token"("hash");

-- CreateIndex
CREATE INDEX "api_token_person_id_idx" ON "api_token"("person_id");

-- CreateIndex
CREATE INDEX "sign_in_failure_account_at_idx" ON "sign_in_failure"("account", "at");

-- CreateIndex
CREATE INDEX "sign_in_failure_address_at_idx" ON "sign_in_failure"("address", "at");

-- CreateIndex
CREATE INDEX "ended_session_expires_at_idx" ON "ended_session"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "application_slug_key" ON "application"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "service_application_id_slug_key" ON "service"("application_id", "slug");

-- CreateIndex
CREATE UNIQUE INDEX "environment_application_id_slug_key" ON "environment"("application_id", "slug");

-- CreateIndex
CREATE UNIQUE INDEX "target_locator_key_key" ON "target"("locator_key");

-- CreateIndex
CREATE UNIQUE INDEX "target_environment_id_service_id_key" ON "target"("environment_id", "service_id");

-- CreateIndex
CREATE INDEX "target_hold_target_id_idx" ON "target_hold"("target_id");

-- CreateIndex
CREATE INDEX "audit_event_subjects_idx" ON "audit_event" USING GIN ("subjects");

-- CreateIndex
CREATE INDEX "audit_event_at_idx" ON "audit_event"("at");

-- CreateIndex
CREATE UNIQUE INDEX "audit_event_chain_seq_key" ON "audit_event"("chain", "seq");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- CreateIndex
CREATE INDEX "promotion_environment_id_state_idx" ON "promotion"("environment_id", "state");

-- CreateIndex
CREATE INDEX "promotion_release_id_idx" ON "promotion"("release_id");

-- CreateIndex
CREATE INDEX "promotion_created_at_idx" ON "promotion"("created_at");

-- CreateIndex
CREATE INDEX "approval_promotion_id_idx" ON "approval"("promotion_id");

-- CreateIndex
CREATE INDEX "approval_rollout_id_idx" ON "approval"("rollout_id");

-- CreateIndex
CREATE INDEX "release_application_id_created_at_idx" ON "release"("application_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "release_application_id_version_key" ON "release"("application_id", "version");

-- CreateIndex
CREATE INDEX "artifact_digest_idx" ON "artifact"("digest");

-- CreateIndex
CREATE UNIQUE INDEX "artifact_release_id_service_id_key" ON "artifact"("release_id", "service_id");

-- CreateIndex
CREATE INDEX "rollout_target_id_state_idx" ON "rollout"("target_id", "state");

-- CreateIndex
CREATE INDEX "rollout_promotion_id_idx" ON "rollout"("promotion_id");

-- CreateIndex
CREATE INDEX "rollout_state_idx" ON "rollout"("state");

-- CreateIndex
CREATE INDEX "rollout_created_at_idx" ON "rollout"("created_at");

-- AddForeignKey
ALTER TABLE "binding" ADD CONSTRAINT "binding_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "binding" ADD CONSTRAINT "binding_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "binding" ADD CONSTRAINT "binding_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service" ADD CONSTRAINT "service_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment" ADD CONSTRAINT "environment_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target" ADD CONSTRAINT "target_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target" ADD CONSTRAINT "target_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target_revision" ADD CONSTRAINT "target_revision_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "target_hold" ADD CONSTRAINT "target_hold_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promotion" ADD CONSTRAINT "promotion_release_id_fkey" FOREIGN KEY ("release_id") REFERENCES "release"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promotion" ADD CONSTRAINT "promotion_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "release" ADD CONSTRAINT "release_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "artifact" ADD CONSTRAINT "artifact_release_id_fkey" FOREIGN KEY ("release_id") REFERENCES "release"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "artifact" ADD CONSTRAINT "artifact_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_promotion_id_fkey" FOREIGN KEY ("promotion_id") REFERENCES "promotion"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Prisma cannot say these: at most one rollout that has not ended owns a target, and one open promotion of a release
-- per environment. The database holds it, whatever the number of processes.
CREATE UNIQUE INDEX "rollout_one_open_per_target" ON "rollout"("target_id") WHERE "state" IN ('pending', 'running', 'paused', 'held', 'rolling_back');
CREATE UNIQUE INDEX "promotion_one_open_per_release" ON "promotion"("release_id", "environment_id") WHERE "state" IN ('pending', 'ready', 'rolling_out');
CREATE UNIQUE INDEX "target_hold_one_open" ON "target_hold"("target_id") WHERE "lifted_at" IS NULL;

-- The worker looks for what is due and for what lost its driver.
CREATE INDEX "rollout_open_wake" ON "rollout"("wake_at") WHERE "state" IN ('pending', 'running', 'paused', 'held', 'rolling_back');
CREATE INDEX "promotion_open_wake" ON "promotion"("wake_at") WHERE "state" IN ('pending', 'ready', 'rolling_out');

INSERT INTO "clock" ("id", "offset_ms") VALUES (1, 0);

-- The audit log is append-only for everybody but an owner who drops these triggers: rows are read and added, never changed.
create or replace function audit_event_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'audit_event is append-only: % refused', tg_op using errcode = 'insufficient_privilege';
end $$;

create trigger audit_event_no_change before update or delete on audit_event
  for each row execute function audit_event_is_append_only();

-- TRUNCATE fires no row trigger.
create trigger audit_event_no_truncate before truncate on audit_event
  for each statement execute function audit_event_is_append_only();

-- A session in replica mode (session_replication_role) skips ordinary triggers, so these are always on.
alter table audit_event enable always trigger audit_event_no_change;
alter table audit_event enable always trigger audit_event_no_truncate;
