import { Button } from '#components/ui/button.tsx'
import { Strip } from '#components/ui/strip.tsx'

export const ReReadStrip = ({ text, onRead }: { text: string; onRead(): void }) => (
  <Strip kind="held" word="Changed while you read" action={<Button small onPress={onRead}>I have read it again</Button>}>{text} What is below is new; Approve opens again after you have read it.</Strip>
)
