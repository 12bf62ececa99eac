//! How are many small requests made at once, but not too many? A join of futures with a limit.
//!
//! The jobs come as a list and not as an iterator, whose closure would keep the whole pull from being
//! sent to another thread. All run within the caller's task and may borrow from it; dropping the join drops them.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Runs `jobs`, at most `limit` of them at any time, and answers in their order.
pub(crate) async fn each<F: Future>(limit: usize, jobs: Vec<F>) -> Vec<F::Output> {
    let mut waiting = jobs.into_iter().enumerate();
    let mut running: Vec<(usize, Pin<Box<F>>)> = Vec::new();
    let mut done: Vec<(usize, F::Output)> = Vec::new();
    poll_fn(|context| {
        loop {
            let free = limit.max(1) - running.len();
            running.extend(waiting.by_ref().take(free).map(|(index, job)| (index, Box::pin(job))));
            if running.is_empty() {
                return Poll::Ready(());
            }
            let before = running.len();
            running.retain_mut(|(index, job)| match job.as_mut().poll(context) {
                Poll::Ready(output) => {
                    done.push((*index, output));
                    false
                }
                Poll::Pending => true,
            });
            // Nobody finished, so all have arranged to be woken; otherwise there is room for more.
            if running.len() == before {
                return Poll::Pending;
            }
        }
    })
    .await;
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, output)| output).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn at_most_so_many_run_and_the_order_is_kept() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let jobs = (0..20_u64).map(|number| {
            let (running, most) = (&running, &most);
            async move {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                for _ in 0..number % 5 {
                    tokio::task::yield_now().await;
                }
                running.fetch_sub(1, Ordering::SeqCst);
                number
            }
        });
        assert_eq!(each(4, jobs.collect()).await, (0..20).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn no_jobs_are_done_at_once() {
        assert!(each(4, Vec::<std::future::Ready<()>>::new()).await.is_empty());
    }
}
