'use client'
import { FilterSearch } from '#components/live/filter-search.tsx'
import { useFilters } from '#components/live/list-screen.tsx'

export const Find = () => <FilterSearch filters={useFilters()} name="q" label="Path or word" slash />
