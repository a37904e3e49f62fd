-- CreateTable
CREATE TABLE "target_health" (
    "target_id" UUID NOT NULL,
    "tried_at" TIMESTAMPTZ(3) NOT NULL,
    "reading" JSONB,

    CONSTRAINT "target_health_pkey" PRIMARY KEY ("target_id")
);

-- AddForeignKey
ALTER TABLE "target_health" ADD CONSTRAINT "target_health_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
