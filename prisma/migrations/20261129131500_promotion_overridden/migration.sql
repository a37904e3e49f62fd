-- The few promotions passed by break-glass, which every look at the overview asks for among all there ever were.
CREATE INDEX "promotion_overridden" ON "promotion"("created_at") WHERE "override" IS NOT NULL;
