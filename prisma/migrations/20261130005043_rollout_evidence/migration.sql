-- CreateTable
CREATE TABLE "rollout_evidence" (
    "rollout_id" UUID NOT NULL,
    "state" JSONB NOT NULL,

    CONSTRAINT "rollout_evidence_pkey" PRIMARY KEY ("rollout_id")
);

-- CreateTable
CREATE TABLE "rollout_measurement" (
    "rollout_id" UUID NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "to_at" TIMESTAMPTZ(3) NOT NULL,
    "step_index" INTEGER NOT NULL,
    "share" DOUBLE PRECISION NOT NULL,
    "candidate" JSONB,
    "stable" JSONB,
    "evidence" JSONB NOT NULL,

    CONSTRAINT "rollout_measurement_pkey" PRIMARY KEY ("rollout_id","to_at")
);

-- AddForeignKey
ALTER TABLE "rollout_evidence" ADD CONSTRAINT "rollout_evidence_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout_measurement" ADD CONSTRAINT "rollout_measurement_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
