/** Room beside the drawing, in px: the axis at the left, the direct labels at the right. Marks above the charts stand on the same lines. */
export const plotLeftPx = 54
export const plotRightPx = 62
export const plotHeightPx = 104
