-- CreateTable
CREATE TABLE "connection_check" (
    "target_id" UUID NOT NULL,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,
    "checked_by" TEXT NOT NULL,
    "findings" JSONB NOT NULL,

    CONSTRAINT "connection_check_pkey" PRIMARY KEY ("target_id")
);

-- AddForeignKey
ALTER TABLE "connection_check" ADD CONSTRAINT "connection_check_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
