//! Would a test turn red? Bugs that were put in by hand, one at a time, and the tests that noticed: those
//! of this package, or of the crate the bug was in. Every one was noticed; none is in the source.
//!
//! The list is meant to be repeated: after a change of the core, put the bug in again, run
//! `cargo test -p concordat-tests`, and take it out. Bugs of the protocol that can be put in without touching the source
//! are in the zoo ([`crate::zoo`]).
//!
//! | Seeded bug | Where | Red tests, and the most telling one |
//! |---|---|---|
//! | the sides of a step's old value are swapped | `diff/steps` | 29: `a_change_on_one_side_goes_to_the_other` |
//! | the loser's value is written to the winner | `diff/merge` | 30: the whole truth table |
//! | an unstamped `until` decides who was later | `model/time` | 3: `a_proven_winner_is_the_later_one` |
//! | the older change wins | `model/time` | 7: `stamps_alone_make_a_winner_likely` |
//! | changes apart by exactly the limit are proven | `model/time` | 1: `changes_closer_than_the_clocks_can_tell_are_undecided` |
//! | the clock offset is taken out of one end only | `model/time` | 5: `a_known_offset_changes_nothing` |
//! | an interval may begin after its end | `model/time` | 4: `the_judge_does_not_know_left_from_right` |
//! | links are planned in the order of a hash map | `diff/pairing` | 3: `the_same_world_gives_the_same_bytes` |
//! | an uncovered field counts as empty | `diff/projection` | 1: `what_a_reading_does_not_cover_has_not_moved` |
//! | a conflict's values are recorded as agreed | `diff/steps` | 11: `quiet_worlds_converge_within_two_runs` |
//! | a listing with a hole allows creates | `diff/pairing` | 2: `nothing_follows_from_what_was_not_seen` |
//! | a record that was not listed counts as here | `model/certificate` | 2: `a_record_that_was_not_seen_or_is_gone_is_left_alone` |
//! | a record that is gone counts as here | `model/certificate` | 1: `a_record_that_was_not_seen_or_is_gone_is_left_alone` |
//! | a link with one unseen record of two is planned | `diff/steps` | 1: `a_person_who_was_not_seen_leaves_no_word_to_the_other` |
//! | guards count what is left after a filter | `model/guard` | 3: `ceilings_count_creates_updates_and_clears` |
//! | other guards are skipped at a first agreement | `model/guard` | 2: `every_other_guard_also_watches_a_first_agreement` |
//! | an allowance for one class lets all pass | `model/guard` | 10: `an_allowance_is_for_one_class_and_there_is_none_for_all` |
//! | emptied fields are not counted | `model/guard` | 2: `a_create_with_an_empty_field_empties_nothing` |
//! | shrinking is looked at only if something is written | `model/guard` | 1: `a_side_that_shrank_is_refused_even_if_nothing_would_be_written` |
//! | a conflict overwrites the loser | `diff/merge` | 10: `a_conflict_changes_neither_side_and_is_the_same_conflict_tomorrow` |
//! | a conflict holds back its whole record | `diff/steps` | 6: `a_conflict_blocks_only_its_own_field` |
//! | a late row of a search index is taken for now | `diff/steps` | 1: `a_late_row_of_a_search_index_moves_nothing` |
//! | times decide a first agreement | `diff/merge` | 7: `times_never_decide_a_first_agreement` |
//! | a decision outlives the values it was about | `diff/steps` | 1: `a_decision_counts_while_the_values_are_those_the_person_saw` |
//! | a link in doubt is planned | `diff/pairing` | 1: `a_link_in_doubt_is_not_touched` |
//! | a create in doubt is planned again | `diff/pairing` | 1: `a_link_in_doubt_is_not_touched` |
//! | a value that was not kept is sent again | `diff/merge` | 2: `a_value_that_was_not_kept_is_not_sent_again_until_it_changes` |
//! | markers are not looked at | `diff/pairing` | 1: `a_marker_beats_an_equal_key` |
//! | the first of two candidates is taken | `diff/pairing` | 1: `an_ambiguous_web_address_is_a_case_for_a_person` |
//! | the oldest of several people speaks | `diff/projection` | 1: `a_person_known_at_two_vendors_becomes_one_contact` |
//! | a change is news only until any field of its link is agreed on | `diff/steps` | 2: `a_conflict_stays_open_while_other_fields_of_the_person_are_settled` |
//! | drift is listed in every run | `diff/steps` | 4: `a_change_that_cannot_be_carried_back_is_listed_once` |
//! | a field that cannot be emptied is emptied | `diff/merge` | 6: `emptying_goes_across_where_the_other_side_can_be_emptied` |
//! | a vendor without a host name is written | `diff/merge` | 2: `a_vendor_without_a_host_name_is_read_but_never_written` |
//! | a tag that any contact lost is lost | `diff/replicas/sets` | 3: `forty_contacts_and_their_vendor_hold_what_the_text_says` |
//! | a contact that was not seen has lost its tags | `diff/replicas/sets` | 3: `a_contact_that_was_not_seen_may_still_have_the_tag` |
//! | a new contact adds what it has | `diff/replicas/sets` | 3: `a_new_contact_only_receives` |
//! | a new contact keeps tags of its own | `diff/replicas/sets` | 3: `forty_contacts_and_their_vendor_hold_what_the_text_says` |
//! | a first agreement does not unite | `diff/replicas/sets` | 3: `a_first_agreement_unites_what_the_vendor_and_its_contacts_have` |
//! | only the first contact that gained a tag is heard | `diff/replicas/sets` | 2: `forty_contacts_and_their_vendor_hold_what_the_text_says` |
//! | what the vendor does not hold yet is agreed with the contact that has it | `diff/replicas/sets` | 1: `a_vendor_that_does_not_keep_a_label_keeps_it_from_the_contacts_too` |
//! | the first of several new tiers is taken | `diff/replicas/fields` | 3: `different_tiers_on_two_contacts_wait_for_a_person` |
//! | a tier that a contact was emptied of has not moved | `diff/replicas/fields` | 2: `forty_contacts_and_their_vendor_hold_what_the_text_says` |
//! | a new contact speaks for its tier | `diff/replicas/fields` | 1: `forty_contacts_and_their_vendor_hold_what_the_text_says` |
//! | the other contacts do not follow | `diff/replicas/fields` | 3: `a_tier_set_on_one_contact_is_set_everywhere` |
//! | the contacts that follow see what the vendor held before | `diff/replicas/fields` | 3: `forty_contacts_and_their_vendor_hold_what_the_text_says` |
//! | the earliest of equal changes speaks | `diff/replicas/fields` | 1: `forty_contacts_and_their_vendor_hold_what_the_text_says` |
//! | for a new contact it is a first agreement | `diff/replicas/fields` | 4: `a_new_contact_only_receives` |
//! | a contact is agreed with before the vendor holds its tier | `diff/replicas/fields` | 1: `the_order_of_contacts_means_nothing` |
//! | contacts are written before their vendor | `diff/replicas` | 3: `a_tag_added_on_one_contact_reaches_the_vendor_first_and_then_the_others` |
//! | a contact that was not seen is forgotten | `diff/replicas` | 3: `forty_contacts_and_their_vendor_hold_what_the_text_says` |
//! | the last contact is nobody's | `diff/pairing/belonging` | 9: `forty_contacts_and_their_vendor_hold_what_the_text_says` |
//! | a shut gate lets all pass | `diff/gates` | 2: `a_completed_task_closes_its_threat_once_that_is_allowed_and_has_a_reason` |
//! | a threat with a remediation request is opened again | `diff/gates` | 1: `a_threat_with_a_remediation_request_is_never_opened_again` |
//! | texts older than the state are mirrored | `diff/appended` | 1: `other_notes_and_older_texts_stay_where_they_are` |
//! | what we added is taken for somebody's | `diff/appended` | 1: `a_lost_link_is_found_again_by_the_marker_and_nothing_comes_back` |
//! | a comment is sent to a threat that takes none | `diff/appended` | 1: `a_note_waits_while_the_threat_takes_no_comments` |
//! | a lost link is not found by its marker | `diff/appended` | 1: `a_lost_link_is_found_again_by_the_marker_and_nothing_comes_back` |
//! | the first of two anchors is taken | `diff/creates` | 1: `without_its_anchor_no_task_is_made` |
//! | what was over before gets a task | `diff/pairing` | 1: `what_was_over_before_it_had_a_task_gets_none` |
//! | a write leaves however long it had to wait | `connectors/caller` | 1: `a_write_that_waited_too_long_does_not_leave` |
//! | a write in doubt is sent again without looking | `connectors/caller` | 1: `a_write_in_doubt_is_not_repeated_over_what_people_did_meanwhile` |
//! | what never arrived was discarded | `apply/update` | 2: `what_arrived_is_agreed_on_and_what_did_not_goes_again` |
//! | a late create is not looked for again | `apply/create` | 1: `before_a_late_create_goes_again_it_is_looked_for_again` |
//! | a set that somebody changed as well is agreed on | `apply/update` | 1: `labels_that_had_to_wait_are_sent_from_a_fresh_reading` |
//! | one of a slice's conditions is enough | `mapping/slice` | 1: `all_that_is_said_must_hold_and_one_of_several_is_enough` |
//! | a vendor outside the slice counts as here | `model/certificate` | 2: `nothing_of_a_vendor_outside_is_written_made_or_asked` |
//! | a vendor outside the slice is counted | `model/certificate` | 1: `an_empty_slice_is_refused_and_one_that_shrank_is_told_as_such` |
//! | people of a vendor outside are told of every night | `diff/steps` | 1: `nothing_of_a_vendor_outside_is_written_made_or_asked` |
//! | another slice has the same fingerprint | `mapping/rules` | 1: `another_slice_is_another_mapping` |
//! | a slice that is empty the first time passes | `model/guard` | 1: `an_empty_slice_is_refused_and_one_that_shrank_is_told_as_such` |
//! | portfolios are listed only if the first pair wants them | `cli/session` | 1: `three_locations_get_their_slice_and_a_vendor_moves_between_them` |
//! | a formula behind a semicolon is left | `report/export` | 2: `a_spreadsheet_gets_no_formula` |
//! | a listing of businesses serves however old it is | `connectors/roll` | 2: `one_listing_serves_for_several_creates_while_it_is_young` |
//! | what we made is not in the listing that serves again | `connectors/roll` | 1: `what_is_found_is_looked_at_anew_and_so_is_what_we_made` |
//! | a create in doubt is looked for in an older listing | `connectors/send` | 1: `after_a_doubt_and_for_whoever_asks_for_now_all_are_listed_anew` |
//! | requests that reading used up are an incomplete listing | `snapshot/pull` | 1: `a_night_whose_requests_are_used_up_by_reading_says_so_and_goes_on_when_there_are_more` |
//! | a refused write asks for another run | `cli/outcome` | 1: `a_write_that_is_refused_for_good_waits_and_no_rerun_is_asked_for` |
//! | people who share a natural key are not looked for | `diff/neighbourhood/walk` | 1: `a_neighbourhood_is_enough_where_people_are_shared` |
//! | what waits is forgotten by the next plan | `diff/neighbourhood` | 2: `a_neighbourhood_is_enough_where_people_are_shared` |
//! | who shares a contact with a vendor that leaves is left out | `diff/neighbourhood/walk` | 1: `a_neighbourhood_is_enough_where_people_are_shared` |
//! | namesakes that are left out are counted twice | `diff/neighbourhood/walk` | 2: `of_many_namesakes_a_few_are_named_and_the_others_counted` |
//! | ambiguous people are forgotten by the next plan | `diff/neighbourhood` | 1: `a_neighbourhood_is_enough_whatever_the_rules` |
//! | a scope that was refused is asked for again and again | `connectors/reach` | 1: `with_a_token_that_only_reads_a_plan_is_a_report` |
//! | what a lens does not understand is compared as it is | `diff/merge` | 1: `a_word_that_is_in_no_row_is_written_by_nobody_from_either_side` |
//! | what cannot be made of fields has not moved | `diff/merge` | 1: `what_cannot_be_made_empties_nothing_and_is_told` |
//! | a custom field that nobody defined is sent with a new contact | `diff/creates` | 1: `a_custom_field_that_is_not_defined_is_left_out_of_a_new_contact` |
//! | a division with a rest is taken | `mapping/translation` | 1: `a_number_that_a_factor_does_not_divide_is_left_alone` |
//! | two fields may write the same | `mapping/own` | 1: `two_fields_do_not_write_the_same` |
//! | people of whom the slice's condition does not hold are inside | `mapping/slice` | 1: `a_person_outside_is_left_alone_and_so_is_their_contact` |
//! | of too many people, nobody is outside the slice | `diff/neighbourhood/walk` | 1: `a_neighbourhood_is_enough_where_people_are_shared` |
//! | whoever wrote a vendor's tier, it moved | `diff/remembered` | 9: `what_the_crm_wrote_is_no_move_and_is_remembered` |
//! | what was written before it was remembered counts | `diff/remembered` | 1: `what_we_wrote_and_remembered_hides_no_later_move` |
//! | a tier whose write is in doubt has moved | `diff/remembered` | 1: `as_long_as_a_write_is_in_doubt_nobody_knows_whose_it_is` |
//! | a tier that was seen before the last write has moved | `diff/remembered` | 1: `what_was_seen_before_the_last_write_shows_the_past` |
//! | a tier that the CRM wrote opens the task again | `diff/sitting` | 2: `a_completed_task_stays_so_where_the_crm_moved_it_and_says_what_it_is` |
//! | a vendor that is remembered needs no place | `diff/places` | 1: `a_neighbourhood_is_enough_where_people_are_shared` |
//! | that there is none any more opens no task | `mapping/lens` | 1: `that_there_is_none_any_more_is_a_move_too` |
//! | who took the place of a vendor is not recorded | `diff/pairing` | 1: `a_vendor_that_was_added_again_goes_on_where_it_was` |
//! | a task may write the tier | `mapping/tasks` | 1: `whichever_field_carries_a_tier_the_crms_own_is_no_move` |
//!
//! The same for the ledger's projection, with `cargo test -p concordat-ledger`:
//!
//! | Seeded bug | Where | Red tests, and the most telling one |
//! |---|---|---|
//! | the hash of the checkpoint's leaf is not compared | `ledger/projection` | 1: `a_store_of_another_ledger_is_not_believed` |
//! | erased openings are not counted | `ledger/projection` | 1: `what_was_erased_is_known_to_no_store` |
//! | a checkpoint that the ledger does not reach is believed | `ledger/projection` | 2: `a_store_that_knows_more_than_a_ledger_from_a_backup_is_not_believed` |
//! | a record that left a link still leads to it | `ledger/shelf` | 4: `the_projection_is_the_replay` |
//! | an entry is added to a link that was not fetched | `ledger/projection` | 2: `the_projection_is_the_replay` |
//! | a plan cleans what was touched after it | `ledger/projection` | 1: `what_entries_touch_is_dirty_until_a_plan_has_looked_at_it` |
//! | rows of another program are believed | `ledger/shelf` | 1: `another_program_makes_its_own` |
//! | only the first part of the rest is read | `ledger/shelf` | 7: `the_store_can_be_deleted_and_comes_back_byte_by_byte` |
//! | no checkpoint is made while there is much | `ledger/projection` | 2: `many_links_are_never_in_memory_at_once` |
//! | links that changed since the checkpoint are not looked through | `ledger/projection` | 3: `the_projection_is_the_replay` |
//! | an erasure leaves the projection as it was | `ledger/ledger` | 2: `what_was_erased_is_known_to_no_store` |
//! | a projection that was made anew counts as looked through | `ledger/projection` | 4: `rows_that_cannot_be_read_are_made_anew` |
//! | what was touched is not stored | `ledger/projection` | 3: `what_entries_touch_is_dirty_until_a_plan_has_looked_at_it` |
//! | what is not durable yet is added | `ledger/ledger` | 6: `a_torn_end_after_the_checkpoint_costs_only_what_was_torn` |
//! | the last file is not made durable first | `ledger/walk` | 1: `nothing_is_put_into_the_store_that_power_could_take_from_the_ledger` |
//! | links that are missing are not missed | `ledger/projection` | 1: `what_the_checkpoint_has_is_not_replayed_and_what_came_after_is` |
//! | a notification from before the state is told | `diff/feed` | 1: `nothing_older_than_the_state_is_told` |
//! | a notification that was told is told again | `diff/feed` | 6: `a_notification_about_a_vendor_is_noted_at_its_contact_once` |
//! | of two people whose titles are as good the last is chosen | `diff/stands` | 3: `a_notification_about_a_vendor_is_noted_at_its_contact_once` |
//! | of several vendors the first is meant | `diff/feed` | 1: `what_is_about_no_vendor_or_several_stands_at_the_organisation` |
//! | a note of ours is taken for somebody's | `diff/appended` | 1: `no_note_of_ours_becomes_a_comment` |
//! | all parts of a text have one marker | `diff/identity` | 1: `a_note_that_is_too_long_for_a_comment_becomes_parts_in_order` |
//! | a listing that was cut off archives | `diff/absence` | 3: `a_listing_that_was_cut_off_archives_nothing_and_holds_nobody_else_up` |
//! | one listing is enough | `diff/absence` | 6: `what_is_gone_becomes_what_the_text_says` |
//! | of several people the one who is gone longest counts | `diff/absence` | 1: `a_contact_of_several_people_is_archived_when_all_of_them_are_gone` |
//! | a deletion wins over an edit | `diff/absence` | 2: `an_edit_wins_over_a_deletion` |
//! | what a person stopped is archived | `diff/absence` | 1: `what_is_gone_becomes_what_the_text_says` |
//! | without a base it is archived | `diff/absence` | 2: `nothing_is_archived_without_a_base_or_in_a_first_agreement` |
//! | a task that people completed is opened again | `diff/absence` | 1: `a_threat_that_is_gone_completes_its_task_and_the_task_closes_nothing` |
//! | a task that was archived closes the threat that is back | `diff/absence` | 1: `a_threat_that_is_gone_completes_its_task_and_the_task_closes_nothing` |
//! | what people deleted is made again | `diff/pairing` | 3: `what_the_crm_deletes_is_never_deleted_in_upguard_and_not_made_again_unless_asked` |
//! | what a person said outlives the absence | `diff/sitting` | 1: `a_person_who_reappears_leaves_the_quarantine_or_the_archive` |
//! | people of a dormant vendor are gone | `model/certificate` | 2: `a_vendor_nobody_watches_any_more_is_dormant_and_comes_back_as_it_was` |
//! | the first of two successors is taken | `diff/pairing/succession` | 1: `of_two_successors_none_is_guessed` |
//! | whoever has the address is the successor | `diff/pairing/succession` | 1: `somebody_else_under_the_same_address_is_no_successor` |
//! | a record that is linked succeeds another | `diff/pairing/succession` | 1: `a_contact_merged_into_one_that_is_linked_already_is_dismissed` |
//! | a vendor takes its tags along before the quarantine is over | `diff/pairing/belonging` | 1: `a_shared_contact_loses_what_it_had_from_a_vendor_it_left_or_that_is_gone` |
//! | an archived contact may still have the tag | `diff/pairing/belonging` | 1: `an_archived_contact_keeps_its_tags_and_has_no_say_any_more` |
//! | a replica does not follow its successor | `diff/pairing/belonging` | 2: `a_vendor_that_was_added_again_takes_up_where_it_was` |
//! | what a successor lacks was removed | `diff/replicas/passing` | 2: `a_merge_in_which_the_tags_were_lost_takes_no_label_from_the_vendor` |
//! | what was not listed is missing | `snapshot/swap` | 2: `where_there_are_many_a_share_is_asked_and_the_rest_stays_as_it_was` |
//! | a partition that was not listed is forgotten | `snapshot/swap` | 4: `where_there_are_many_a_share_is_asked_and_the_rest_stays_as_it_was` |
//! | only the share is listed, however old the others are | `snapshot/sweep` | 1: `no_listing_is_older_than_the_staleness` |
//! | a contact that changed waits for its turn | `snapshot/sweep` | 1: `a_contact_that_changed_shows_its_notes_at_once` |
//! | somebody missing is looked for at their vendor only | `snapshot/sweep` | 1: `when_a_person_is_missing_every_vendor_is_asked_until_the_quarantine_is_over` |
//! | a listing that failed waits for its turn | `snapshot/sweep` | 1: `who_is_new_or_was_not_listed_completely_is_asked_first` |
//! | a case outlives what it rests on | `diff/neighbourhood/standstill` | 2 laws of `neighbourhood` |
//! | a case outlives the refusal it tells of | `diff/neighbourhood/standstill` | 1: `a_refusal_is_forgotten_although_nobody_moved` |
//! | a case outlives the complete listing | `diff/neighbourhood/standstill` | 1: `a_neighbourhood_is_enough_where_many_wait` |
//! | a refused value is told again and anew | `diff/neighbourhood/walk` | 1 law of `neighbourhood` |
//! | a new namesake is not counted | `diff/neighbourhood/standstill` | 1: `a_neighbourhood_is_enough_where_many_wait` |
//! | somebody new beside a candidate is not heard | `diff/neighbourhood/walk` | 3 tests of `neighbourhood` |
//! | a note that moved is looked at without its contact | `diff/neighbourhood/walk` | 1: `a_neighbourhood_is_enough_where_people_are_shared` |
//! | a row is believed although the record was read by id since, without a stamp | `snapshot/fold` | 1: `a_row_from_before_a_read_that_told_no_stamp_moves_nothing` |
//! | a listing of what moved counts who is missing | `snapshot/mirror` | 3: `absences_are_counted_in_listings_of_all_only` |
//! | a window without its witness is believed | `snapshot/pull` | 1: `a_window_that_does_not_show_what_must_be_in_it_is_not_believed` |
//! | a filter that is refused ends the listing | `snapshot/pull` | 1: `a_window_that_does_not_show_what_must_be_in_it_is_not_believed` |
//! | windows do not overlap | `snapshot/window` | 1: `windows_show_what_listings_of_all_show` |
//! | a field that is defined since is read of what moved only | `snapshot/window` | 1: `a_field_that_is_defined_since_is_read_of_all` |
//! | another mapping asks for what moved | `snapshot/window` | 1: `whoever_asks_for_other_fields_asks_for_all` |
//! | a chain of windows never ends | `snapshot/window` | 2: `absences_are_counted_in_listings_of_all_only` |
//! | a contact whose notes cannot be listed is thought to be there | `snapshot/swap` | 1: `an_owner_of_whom_the_side_knows_nothing_any_more_is_asked_for` |
//! | a full window is waited for a whole interval | `connectors/pacing` | 2: `two_thousand_requests_cause_no_429_and_use_what_is_permitted` |
//! | more is spent than a window holds | `connectors/pacing` | 3: `two_thousand_requests_cause_no_429_and_use_what_is_permitted` |
//! | when a window began is forgotten with each answer | `connectors/pacing` | 2: `two_thousand_requests_cause_no_429_and_use_what_is_permitted` |
//! | an answer that does not say what it is about shows that a risk is gone | `connectors/upguard/wire/risk` | 2: `one_is_read_by_asking_whether_its_vendor_is_among_those_that_have_it` |
//! | a risk that sank below the severity contradicts the listing | `connectors/upguard/wire/risk` | 1: `one_is_read_by_asking_whether_its_vendor_is_among_those_that_have_it` |
//! | kinds are listed for ever | `connectors/upguard/risks` | 1: `a_listing_that_does_not_end_is_left_in_the_end` |
//! | every kind is asked for, however mild | `connectors/upguard/risks` | 2: `where_nothing_is_severe_enough_nothing_more_is_asked_for` |
//! | any number of tasks stands at a contact | `diff/places` | 1: `so_many_stand_at_a_contact_and_those_that_are_due_first` |
//! | tasks that are done take room | `diff/places` | 1: `so_many_stand_at_a_contact_and_those_that_are_due_first` |
//! | what is found first is made first | `diff/creates` | 1: `so_many_stand_at_a_contact_and_those_that_are_due_first` |
//! | a vendor's people are not looked at for its new risk | `diff/places` | 1: `a_neighbourhood_is_enough_where_people_are_shared` |
//! | a risk has no owner | `model/resource` | 2: `a_risk_at_a_vendor_nobody_watches_any_more_is_dormant_and_not_gone` |
//! | fewer risks are a side that shrank | `model/resource` | 1: `that_there_are_fewer_is_no_sign_of_a_side_that_shows_too_little` |
//! | a task does not hear at which new contact it stands | `model/awaited` | 1: `a_task_waits_for_the_contact_that_the_same_plan_makes` |
//! | nobody keeps since when a mapping has agreed | `ledger/replay` | 1: `a_risk_and_its_task_go_through_their_days` |
